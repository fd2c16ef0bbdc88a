/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * CloudABI LSM - Types of file systems, what becomes of changes there, and why
 *
 *	FILESYSTEM(name, decision, reason)
 *
 * ALLOW	a place for data: what a descriptor grants may be changed
 * DENY		a CloudABI task changes nothing there, whatever it was given
 *
 * There are no rows for types that need a block device: all of them keep data.
 * A type that has neither a device nor a row is denied.  One of the kernel that
 * nobody has decided about fails the KUnit test.
 *
 * Most of what is denied would let a program command the kernel, or processes
 * that it was not given; a uid or a mode is all that these file systems look at.
 *
 * scripts/gen-docs makes Documentation/filesystems.md of it.
 *
 * No include guard: the file is a list, and is included with FILESYSTEM()
 * defined.
 */

/* In memory */
FILESYSTEM("tmpfs", ALLOW, "files in memory")
FILESYSTEM("ramfs", ALLOW, "files in memory")
FILESYSTEM("rootfs", ALLOW, "files in memory: a ramfs or tmpfs")
FILESYSTEM("hugetlbfs", ALLOW, "files in memory, of huge pages")
FILESYSTEM("devtmpfs", ALLOW, "a tmpfs with devices; what they do is asked of the devices")
FILESYSTEM("devpts", ALLOW, "terminals; writing to one is all that changes")

/* Flash memory without a block device */
FILESYSTEM("jffs2", ALLOW, "files in flash memory")
FILESYSTEM("ubifs", ALLOW, "files in flash memory")

/* Elsewhere; who serves the files says what may be done to them */
FILESYSTEM("9p", ALLOW, "files of a server, or of the host")
FILESYSTEM("afs", ALLOW, "files of a server")
FILESYSTEM("ceph", ALLOW, "files of a server")
FILESYSTEM("cifs", ALLOW, "files of a server")
FILESYSTEM("coda", ALLOW, "files of a server")
FILESYSTEM("fuse", ALLOW, "files of a process, which knows who asks")
FILESYSTEM("hostfs", ALLOW, "files of the host of a user-mode kernel")
FILESYSTEM("nfs", ALLOW, "files of a server")
FILESYSTEM("nfs4", ALLOW, "files of a server")
FILESYSTEM("pvfs2", ALLOW, "files of a server (OrangeFS)")
FILESYSTEM("smb3", ALLOW, "files of a server")
FILESYSTEM("vboxsf", ALLOW, "files of the host")
FILESYSTEM("virtiofs", ALLOW, "files of the host")

/* Made of other file systems */
FILESYSTEM("ecryptfs", ALLOW, "encrypted files of another file system, which is asked, too")
FILESYSTEM("overlay", ALLOW, "changes are copies in a file system that the administrator chose")

/* Control of processes */
FILESYSTEM("binder", DENY, "makes devices by which processes reach each other")
FILESYSTEM("binfmt_misc", DENY, "says what is run instead of a program")
FILESYSTEM("cgroup", DENY, "limits of processes, and their end")
FILESYSTEM("cgroup2", DENY, "limits of processes, and their end")
FILESYSTEM("cpuset", DENY, "limits of processes")
FILESYSTEM("mqueue", DENY, "makes message queues, for which there are no calls")
FILESYSTEM("proc", DENY, "memory and settings of processes, settings of the machine")
FILESYSTEM("resctrl", DENY, "shares of caches and memory bandwidth")
FILESYSTEM("spufs", DENY, "makes contexts of coprocessors")

/* Control of the kernel */
FILESYSTEM("bpf", DENY, "programs within the kernel, shared by name")
FILESYSTEM("configfs", DENY, "makes and removes objects of the kernel: targets, gadgets, consoles")
FILESYSTEM("debugfs", DENY, "whatever a driver lets root do")
FILESYSTEM("pstore", DENY, "records of crashes: evidence")
FILESYSTEM("securityfs", DENY, "policies of security modules")
FILESYSTEM("selinuxfs", DENY, "policy of SELinux")
FILESYSTEM("smackfs", DENY, "policy of Smack")
FILESYSTEM("sysfs", DENY, "settings of devices and of the kernel")
FILESYSTEM("tracefs", DENY, "watches the machine and other processes")

/* Control of other file systems */
FILESYSTEM("autofs", DENY, "places to mount, which only its daemon makes")
FILESYSTEM("fusectl", DENY, "limits and ends connections of FUSE")
FILESYSTEM("nfsd", DENY, "threads, ports and exports of the NFS server")
FILESYSTEM("ocfs2_dlmfs", DENY, "locks of a cluster, by global names")
FILESYSTEM("rpc_pipefs", DENY, "answers the kernel's questions about who a user is")

/* Control of hardware */
FILESYSTEM("efivarfs", DENY, "variables of the firmware; a machine may not start without")
FILESYSTEM("functionfs", DENY, "what a USB gadget is")
FILESYSTEM("gadgetfs", DENY, "what a USB gadget is")
FILESYSTEM("ibmasmfs", DENY, "commands to a service processor")
FILESYSTEM("ipathfs", DENY, "memory of a network adapter")
FILESYSTEM("openpromfs", DENY, "settings of the firmware")
FILESYSTEM("s390_hypfs", DENY, "asks the hypervisor")
FILESYSTEM("xenfs", DENY, "commands to the hypervisor")

/* Never mounted: descriptors are all that there is, and their rights say enough */
FILESYSTEM("aio", DENY, "has no names: rings of requests")
FILESYSTEM("anon_inodefs", DENY, "has no names: one inode for all that has none")
FILESYSTEM("apparmorfs", DENY, "policy of AppArmor, seen in securityfs")
FILESYSTEM("bdev", DENY, "has no names: the kernel's own view of block devices")
FILESYSTEM("cxl", DENY, "has no names: memory of devices")
FILESYSTEM("dax", DENY, "has no names: memory of devices")
FILESYSTEM("dmabuf", DENY, "has no names: buffers of devices")
FILESYSTEM("drm", DENY, "has no names: memory of devices")
FILESYSTEM("iomem", DENY, "has no names: memory of devices")
FILESYSTEM("nsfs", DENY, "has no names: namespaces")
FILESYSTEM("ocxlflash", DENY, "has no names: contexts of a device")
FILESYSTEM("pidfs", DENY, "has no names: processes")
FILESYSTEM("pipefs", DENY, "has no names: pipes, which are only written to")
FILESYSTEM("pseudo_erofs", DENY, "has no names: shared pages of images")
FILESYSTEM("secretmem", DENY, "has no names, and its descriptors no rights")
FILESYSTEM("sockfs", DENY, "has no names: sockets, which are only written to")
FILESYSTEM("vfio", DENY, "has no names: devices")
