/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Addresses of sockets, as text and for the system
 */
#ifndef _TOOLS_CLOUDABI_ADDRESS_H
#define _TOOLS_CLOUDABI_ADDRESS_H

#include <netinet/in.h>
#include <stdbool.h>
#include <stddef.h>
#include <sys/socket.h>
#include <sys/un.h>

/* Room for any address as text: each byte of an abstract name may take four. */
#define ADDRESS_TEXT (4 * sizeof(((struct sockaddr_un *)NULL)->sun_path) + 2)

/**
 * struct address - Where a socket is, or its peer
 * @any: whose sa_family tells which of the others it is
 * @in: of IPv4
 * @in6: of IPv6
 * @un: of UNIX
 * @len: how much of it counts
 * @wild: it was "*", of whichever family there is
 * @only: IPv6 without IPv4
 */
struct address {
	union {
		struct sockaddr any;
		struct sockaddr_in in;
		struct sockaddr_in6 in6;
		struct sockaddr_un un;
	};
	socklen_t len;
	bool wild;
	bool only;
};

/**
 * address_parse_ip() - Parse a host and a port
 * @address: set
 * @text: "127.0.0.1:80", "[::1]:80" or "*:80"; numbers only
 * @family: AF_INET or AF_INET6 if no other will do, or AF_UNSPEC
 *
 * Return: NULL, or what is wrong with the text.
 */
const char *address_parse_ip(struct address *address, const char *text, int family);

/**
 * address_parse() - Parse an address of any kind
 * @address: set
 * @text: as for address_parse_ip(), or "/path" or, for an abstract name, "@name"
 *
 * Return: NULL, or what is wrong with the text.
 */
const char *address_parse(struct address *address, const char *text);

/**
 * address_of() - The address of a socket
 * @address: set
 * @fd: the socket
 *
 * Return: whether it could be told.
 */
bool address_of(struct address *address, int fd);

/**
 * address_print() - An address as text, as address_parse() takes it
 * @address: the address
 * @text: where to put it; "" if it is one without a name
 */
void address_print(const struct address *address, char text[ADDRESS_TEXT]);

/**
 * address_connect() - Make a socket and connect it
 * @address: the peer
 * @type: SOCK_STREAM, SOCK_DGRAM or SOCK_SEQPACKET
 *
 * Return: the socket, which is close-on-exec, or -1 with errno.
 */
int address_connect(const struct address *address, int type);

/**
 * address_listen() - Make a socket to which others connect or send
 * @address: its name
 * @type: SOCK_STREAM, SOCK_DGRAM or SOCK_SEQPACKET; datagrams are not listened for
 *
 * Return: the socket, which is close-on-exec and, unless for datagrams, does not
 * block; or -1 with errno.
 */
int address_listen(const struct address *address, int type);

/**
 * number_parse() - Parse a number
 * @text: digits, and nothing else
 * @max: the largest that will do
 *
 * Return: the number, or -1.
 */
long number_parse(const char *text, long max);

#endif /* _TOOLS_CLOUDABI_ADDRESS_H */
