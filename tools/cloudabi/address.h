/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Socket addresses, as text and as struct sockaddr
 */
#ifndef _TOOLS_CLOUDABI_ADDRESS_H
#define _TOOLS_CLOUDABI_ADDRESS_H

#include <netinet/in.h>
#include <stdbool.h>
#include <stddef.h>
#include <sys/socket.h>
#include <sys/un.h>

/* Room for any address as text: a byte of an abstract name may be printed as "\xff". */
#define ADDRESS_TEXT (4 * sizeof(((struct sockaddr_un *)NULL)->sun_path) + 2)

/**
 * struct address - Address of a socket or of its peer
 * @any: generic form; its sa_family tells which of the following is valid
 * @in: IPv4 address
 * @in6: IPv6 address
 * @un: local address
 * @len: length of the valid form in bytes
 * @wildcard: the text was "*": an IPv6 socket that takes IPv4 too, or IPv4 if there is no IPv6
 * @v6only: IPV6_V6ONLY is set on the socket
 */
struct address {
	union {
		struct sockaddr any;
		struct sockaddr_in in;
		struct sockaddr_in6 in6;
		struct sockaddr_un un;
	};
	socklen_t len;
	bool wildcard;
	bool v6only;
};

/**
 * address_parse_ip() - Parse an IP address and a port
 * @address: set to the address
 * @text: "127.0.0.1:80", "[::1]:80" or "*:80"; no host names
 * @family: AF_INET or AF_INET6 to accept only this family, else AF_UNSPEC
 *
 * Return: NULL, or an error message.
 */
const char *address_parse_ip(struct address *address, const char *text, int family);

/**
 * address_parse() - Parse an IP or local address
 * @address: set to the address
 * @text: as for address_parse_ip(); or "/path", or "@name" for an abstract address
 *
 * Return: NULL, or an error message.
 */
const char *address_parse(struct address *address, const char *text);

/**
 * address_of() - Get the local address of a socket
 * @address: set to the address
 * @fd: the socket
 *
 * Return: true on success.
 */
bool address_of(struct address *address, int fd);

/**
 * address_print() - Convert an address to text that address_parse() accepts
 * @address: the address
 * @text: receives the text; "" for an unnamed local socket
 */
void address_print(const struct address *address, char text[ADDRESS_TEXT]);

/**
 * address_connect() - Create a socket and connect it
 * @address: address of the peer
 * @type: SOCK_STREAM, SOCK_DGRAM or SOCK_SEQPACKET
 *
 * Return: the socket, close-on-exec, or -1 with errno set.
 */
int address_connect(const struct address *address, int type);

/**
 * address_listen() - Create a socket, bind it and listen
 * @address: address to bind to
 * @type: SOCK_STREAM, SOCK_DGRAM or SOCK_SEQPACKET; a datagram socket is only bound
 *
 * Return: the socket, close-on-exec and, unless a datagram socket, non-blocking; or -1 with
 * errno set.
 */
int address_listen(const struct address *address, int type);

/**
 * number_parse() - Parse a decimal number
 * @text: digits, and nothing else
 * @max: the largest number to accept
 *
 * Return: the number, or -1.
 */
long number_parse(const char *text, long max);

#endif /* _TOOLS_CLOUDABI_ADDRESS_H */
