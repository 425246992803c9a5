// What Swift cannot import from the kernel's Bluetooth headers: variadic ioctl calls, casts of
// sockaddr, control messages; and what the Glibc module leaves out that a reader thread needs.
// Header only: libbluetooth is not linked.
#ifndef CBLUETOOTH_SHIM_H
#define CBLUETOOTH_SHIM_H

#include <bluetooth/bluetooth.h>
#include <bluetooth/hci.h>
#include <linux/sock_diag.h>
#include <stdint.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <time.h>

// Binds an HCI socket to a channel of an adapter (HCI_DEV_NONE for none). 0, or -1 and errno.
static inline int edge_hci_bind(int descriptor, uint16_t adapter, uint16_t channel)
{
	struct sockaddr_hci address = {
		.hci_family = AF_BLUETOOTH, .hci_dev = adapter, .hci_channel = channel,
	};
	return bind(descriptor, (struct sockaddr *)&address, sizeof address);
}

// Powers an adapter. 0, or -1 and errno (EALREADY when it was up).
static inline int edge_hci_power_up(int descriptor, uint16_t adapter)
{
	return ioctl(descriptor, HCIDEVUP, adapter);
}

// 1 when the adapter is up, 0 when it is down, -1 and errno.
static inline int edge_hci_is_up(int descriptor, uint16_t adapter)
{
	struct hci_dev_info info = { .dev_id = adapter };
	if (ioctl(descriptor, HCIGETDEVINFO, &info) < 0)
		return -1;
	return (info.flags >> HCI_UP) & 1;
}

// Writes the numbers of the registered adapters, at most HCI_MAX_DEV, and returns how many, or -1 and errno.
static inline int edge_hci_list(int descriptor, uint16_t adapters[HCI_MAX_DEV])
{
	struct {
		uint16_t count;
		struct hci_dev_req entries[HCI_MAX_DEV];
	} list = { .count = HCI_MAX_DEV };
	if (ioctl(descriptor, HCIGETDEVLIST, &list) < 0)
		return -1;
	for (int i = 0; i < list.count && i < HCI_MAX_DEV; i++)
		adapters[i] = list.entries[i].dev_id;
	return list.count;
}

// Reads one packet without waiting. `timestamp` is the kernel's wall clock at its arrival, zero when
// the kernel gave none: HCI_CMSG_TSTAMP on the raw channel, SCM_TIMESTAMPNS on the user channel.
static inline ssize_t edge_hci_receive(int descriptor, void *bytes, size_t capacity, struct timespec *timestamp)
{
	char control[128];
	struct iovec part = { .iov_base = bytes, .iov_len = capacity };
	struct msghdr message = {
		.msg_iov = &part, .msg_iovlen = 1, .msg_control = control, .msg_controllen = sizeof control,
	};
	ssize_t count = recvmsg(descriptor, &message, MSG_DONTWAIT);
	*timestamp = (struct timespec){ 0 };
	if (count < 0)
		return count;
	for (struct cmsghdr *c = CMSG_FIRSTHDR(&message); c; c = CMSG_NXTHDR(&message, c)) {
		if (c->cmsg_level == SOL_HCI && c->cmsg_type == HCI_CMSG_TSTAMP) {
			struct timeval time;
			memcpy(&time, CMSG_DATA(c), sizeof time);
			timestamp->tv_sec = time.tv_sec;
			timestamp->tv_nsec = time.tv_usec * 1000;
		} else if (c->cmsg_level == SOL_SOCKET && c->cmsg_type == SO_TIMESTAMPNS) {
			memcpy(timestamp, CMSG_DATA(c), sizeof *timestamp);
		}
	}
	return count;
}

// Packets that the kernel dropped because the receive buffer of a socket was full, since it was
// opened (SO_MEMINFO); -1 and errno.
static inline int64_t edge_dropped_packets(int descriptor)
{
	uint32_t info[SK_MEMINFO_VARS] = { 0 };
	socklen_t size = sizeof info;
	if (getsockopt(descriptor, SOL_SOCKET, SO_MEMINFO, info, &size) < 0)
		return -1;
	return info[SK_MEMINFO_DROPS];
}

// Names the calling thread; the kernel keeps 15 characters.
static inline void edge_name_thread(const char *name)
{
	prctl(PR_SET_NAME, name, 0, 0, 0);
}

#endif
