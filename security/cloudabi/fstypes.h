/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * CloudABI LSM - Decisions about all types of file systems
 *
 *	FILESYSTEM(name, decision, reason)
 *
 * ALLOW	stores data: a CloudABI task may change what its descriptors grant
 * DENY		a CloudABI task changes nothing, whatever its descriptors grant
 *
 * Types that need a block device have no row: all of them store data.  A type
 * with neither a block device nor a row is denied.  The KUnit test fails if the
 * running kernel has a type without a decision.
 *
 * Most denied types would let a program control the kernel, or processes that
 * nobody gave it.  They only check the user id or the mode, not rights.
 *
 * scripts/gen-docs generates the documentation of file systems from this list.
 *
 * There is no include guard, because the file is a list.
 */

/* In memory */
FILESYSTEM("tmpfs", ALLOW, "files in memory")
FILESYSTEM("ramfs", ALLOW, "files in memory")
FILESYSTEM("rootfs", ALLOW, "files in memory: a ramfs or tmpfs")
FILESYSTEM("hugetlbfs", ALLOW, "files in memory, of huge pages")
FILESYSTEM("devtmpfs", ALLOW, "a tmpfs with device nodes; the drivers check what the devices do")
FILESYSTEM("devpts", ALLOW, "terminals, where writing is the only change")

/* Flash memory without a block device */
FILESYSTEM("jffs2", ALLOW, "files in flash memory")
FILESYSTEM("ubifs", ALLOW, "files in flash memory")

/* On a server, which checks access itself */
FILESYSTEM("9p", ALLOW, "files of a server, or of the host")
FILESYSTEM("afs", ALLOW, "files of a server")
FILESYSTEM("ceph", ALLOW, "files of a server")
FILESYSTEM("cifs", ALLOW, "files of a server")
FILESYSTEM("coda", ALLOW, "files of a server")
FILESYSTEM("fuse", ALLOW, "files of a process, which sees the credentials of the caller")
FILESYSTEM("hostfs", ALLOW, "files of the host of a user-mode kernel")
FILESYSTEM("nfs", ALLOW, "files of a server")
FILESYSTEM("nfs4", ALLOW, "files of a server")
FILESYSTEM("pvfs2", ALLOW, "files of a server (OrangeFS)")
FILESYSTEM("smb3", ALLOW, "files of a server")
FILESYSTEM("vboxsf", ALLOW, "files of the host")
FILESYSTEM("virtiofs", ALLOW, "files of the host")

/* Stacked on other file systems */
FILESYSTEM("ecryptfs", ALLOW, "encrypted files of another file system, which is checked, too")
FILESYSTEM("overlay", ALLOW, "changes go to a file system that the administrator chose")

/* Control of processes */
FILESYSTEM("binder", DENY, "creates devices by which processes reach each other")
FILESYSTEM("binfmt_misc", DENY, "sets the interpreter of programs")
FILESYSTEM("cgroup", DENY, "limits processes, and kills them")
FILESYSTEM("cgroup2", DENY, "limits processes, and kills them")
FILESYSTEM("cpuset", DENY, "limits processes")
FILESYSTEM("mqueue", DENY, "creates message queues, for which CloudABI has no calls")
FILESYSTEM("proc", DENY, "memory and settings of processes, settings of the machine")
FILESYSTEM("resctrl", DENY, "shares of caches and memory bandwidth")
FILESYSTEM("spufs", DENY, "creates contexts of coprocessors")

/* Control of the kernel */
FILESYSTEM("bpf", DENY, "BPF programs in the kernel, shared by name")
FILESYSTEM("configfs", DENY, "creates and removes kernel objects: targets, gadgets, consoles")
FILESYSTEM("debugfs", DENY, "anything that a driver lets root do")
FILESYSTEM("pstore", DENY, "records of crashes, which are evidence")
FILESYSTEM("securityfs", DENY, "policies of security modules")
FILESYSTEM("selinuxfs", DENY, "policy of SELinux")
FILESYSTEM("smackfs", DENY, "policy of Smack")
FILESYSTEM("sysfs", DENY, "settings of devices and of the kernel")
FILESYSTEM("tracefs", DENY, "observes the machine and other processes")

/* Control of other file systems */
FILESYSTEM("autofs", DENY, "mount points, which only its daemon creates")
FILESYSTEM("fusectl", DENY, "limits and ends FUSE connections")
FILESYSTEM("nfsd", DENY, "threads, ports and exports of the NFS server")
FILESYSTEM("ocfs2_dlmfs", DENY, "locks of a cluster, by global names")
FILESYSTEM("rpc_pipefs", DENY, "answers the kernel about the identity of users")

/* Control of hardware */
FILESYSTEM("efivarfs", DENY, "variables of the firmware, which the machine may need to boot")
FILESYSTEM("functionfs", DENY, "defines a USB gadget")
FILESYSTEM("gadgetfs", DENY, "defines a USB gadget")
FILESYSTEM("ibmasmfs", DENY, "commands to a service processor")
FILESYSTEM("ipathfs", DENY, "memory of a network adapter")
FILESYSTEM("openpromfs", DENY, "settings of the firmware")
FILESYSTEM("s390_hypfs", DENY, "requests to the hypervisor")
FILESYSTEM("xenfs", DENY, "commands to the hypervisor")

/* Never mounted: a program can reach them by descriptors only */
FILESYSTEM("aio", DENY, "no names: rings of requests")
FILESYSTEM("anon_inodefs", DENY, "no names: one inode shared by anonymous descriptors")
FILESYSTEM("apparmorfs", DENY, "policy of AppArmor, seen in securityfs")
FILESYSTEM("bdev", DENY, "no names: the kernel's view of block devices")
FILESYSTEM("cxl", DENY, "no names: memory of devices")
FILESYSTEM("dax", DENY, "no names: memory of devices")
FILESYSTEM("dmabuf", DENY, "no names: buffers of devices")
FILESYSTEM("drm", DENY, "no names: memory of devices")
FILESYSTEM("iomem", DENY, "no names: memory of devices")
FILESYSTEM("nsfs", DENY, "no names: namespaces")
FILESYSTEM("ocxlflash", DENY, "no names: contexts of a device")
FILESYSTEM("pidfs", DENY, "no names: processes")
FILESYSTEM("pipefs", DENY, "no names: pipes, where writing is the only change")
FILESYSTEM("pseudo_erofs", DENY, "no names: shared pages of images")
FILESYSTEM("secretmem", DENY, "no names, and its descriptors have no rights")
FILESYSTEM("sockfs", DENY, "no names: sockets, where writing is the only change")
FILESYSTEM("vfio", DENY, "no names: devices")
