/* controller [legacy]
 *
 * A Bluetooth controller on /dev/vhci: answers what the kernel and the gateway ask, and sends
 * advertising reports while somebody scans. Obeys lines on its standard input:
 *
 *   send RATE COUNT   so many reports a second, so many in all, while the scan is on; then prints
 *                     `sent COUNT`
 *   error             a hardware error: silence until the next reset
 *   unplug, plug      the adapter goes and comes back
 *
 * Ends at the end of its input. With `legacy` it has no extended advertising. Like a real one it
 * refuses legacy commands after extended ones until it is reset (Core specification Vol 4 Part E
 * 3.1.1), and scan parameters while the scan is on. */
#include <fcntl.h>
#include <poll.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum { COMMAND_DISALLOWED = 0x0c, UNKNOWN_COMMAND = 0x01 };
enum command_set { NONE, LEGACY, EXTENDED };

static int vhci = -1;
static int is_legacy;
static int is_scanning;
static int is_broken;
static enum command_set in_use;
static long rate, wanted, sent;
static double started;

static double now(void)
{
	struct timespec time;
	clock_gettime(CLOCK_MONOTONIC, &time);
	return (double)time.tv_sec + (double)time.tv_nsec / 1e9;
}

static void say(const char *what, long number)
{
	printf("%s %ld\n", what, number);
	fflush(stdout);
}

/* 0 when nobody takes it, because the adapter is closed. */
static int deliver(const uint8_t *packet, size_t length)
{
	return write(vhci, packet, length) == (ssize_t)length;
}

static void complete(uint16_t opcode, const uint8_t *parameters, size_t length)
{
	uint8_t packet[128] = { 4, 0x0e, (uint8_t)(3 + length), 1, opcode & 0xff, opcode >> 8 };
	memcpy(packet + 6, parameters, length);
	deliver(packet, 6 + length);
}

static void plug(void)
{
	static const uint8_t create[] = { 0xff, 0x00 };
	vhci = open("/dev/vhci", O_RDWR | O_NONBLOCK);
	is_scanning = is_broken = 0;
	in_use = NONE;
	if (vhci < 0 || write(vhci, create, sizeof create) < 0)
		perror("controller: /dev/vhci");
}

static void unplug(void)
{
	close(vhci);
	vhci = -1;
	is_scanning = 0;
}

/* The status of a command that scans or advertises. */
static uint8_t accept_scan_command(uint16_t opcode, const uint8_t *parameters)
{
	enum command_set set = opcode >= 0x2035 ? EXTENDED : LEGACY;
	int is_enable = opcode == 0x200c || opcode == 0x2042;
	int sets_parameters = opcode == 0x200b || opcode == 0x2041;

	if (is_legacy && set == EXTENDED)
		return UNKNOWN_COMMAND;
	if ((in_use != NONE && in_use != set) || (sets_parameters && is_scanning))
		return COMMAND_DISALLOWED;
	in_use = set;
	if (is_enable) {
		if (parameters[0] && !is_scanning && rate)
			started = now() - (double)sent / (double)rate;
		is_scanning = parameters[0];
		say("scan", is_scanning);
	}
	return 0;
}

static void take_command(uint16_t opcode, const uint8_t *parameters)
{
	uint8_t answer[80] = { 0 };
	size_t length = 1;

	switch (opcode) {
	case 0x0c03: /* Reset */
		is_scanning = is_broken = 0;
		in_use = NONE;
		break;
	case 0x1001: /* Local Version: 5.0 */
		answer[1] = answer[4] = 9;
		answer[5] = answer[6] = 0xff;
		length = 9;
		break;
	case 0x1002: /* Local Supported Commands: those that the kernel needs to know of */
		answer[1 + 5] = 0xc0;
		answer[1 + 25] = 0xff;
		answer[1 + 26] = 0x7f;
		if (!is_legacy)
			answer[1 + 36] = answer[1 + 37] = 0xff;
		length = 65;
		break;
	case 0x1003: /* Local Features: LE, no BR/EDR */
		answer[1 + 4] = 0x60;
		length = 9;
		break;
	case 0x1005: /* Buffer Size */
		length = 8;
		break;
	case 0x1009: /* BD_ADDR */
		memcpy(answer + 1, "\x11\x22\x33\x44\x55\x66", 6);
		length = 7;
		break;
	case 0x2002: /* LE Buffer Size */
		answer[1] = 0xfb;
		answer[3] = 4;
		length = 4;
		break;
	case 0x2003: /* LE Features: bit 12, extended advertising */
		answer[2] = is_legacy ? 0 : 0x10;
		length = 9;
		break;
	case 0x201c: /* LE Supported States */
		length = 9;
		break;
	case 0x2007: /* LE Advertising Channel Tx Power */
	case 0x200f: /* LE Filter Accept List Size */
	case 0x202a: /* LE Resolving List Size */
	case 0x203b: /* LE Number of Supported Advertising Sets */
		answer[1] = 4;
		length = 2;
		break;
	case 0x2023: /* LE Suggested Default Data Length */
		answer[1] = 0xfb;
		answer[3] = 0x48;
		answer[4] = 8;
		length = 5;
		break;
	case 0x202f: /* LE Maximum Data Length */
		answer[1] = answer[5] = 0xfb;
		answer[3] = answer[7] = 0x48;
		answer[4] = answer[8] = 8;
		length = 9;
		break;
	case 0x203a: /* LE Maximum Advertising Data Length */
		answer[1] = 31;
		length = 3;
		break;
	default:
		if ((opcode >= 0x2006 && opcode <= 0x200d) || (opcode >= 0x2035 && opcode <= 0x2048))
			answer[0] = accept_scan_command(opcode, parameters);
	}
	complete(opcode, answer, length);
}

/* One advertisement of a Hubble device, numbered. */
static int send_report(uint32_t number)
{
	uint8_t address[6] = { number & 0xff, number >> 8 & 0xff, number >> 16 & 0xff, 0, 0, 0xc0 };
	uint8_t data[] = { 3, 3, 0xa6, 0xfc, 17, 0x16, 0xa6, 0xfc, 0, 1, number & 0xff, number >> 8 & 0xff,
			   number >> 16 & 0xff, 0, 1, 2, 3, 4, 5, 6, 7, 8 };
	uint8_t packet[80] = { 4, 0x3e, 0, in_use == EXTENDED ? 0x0d : 0x02, 1 };
	uint8_t *p = packet + 5;

	if (in_use == EXTENDED) {
		*p++ = 0x10; /* legacy ADV_NONCONN_IND, complete */
		*p++ = 0;
	} else {
		*p++ = 3; /* ADV_NONCONN_IND */
	}
	*p++ = 1; /* random address */
	memcpy(p, address, sizeof address);
	p += sizeof address;
	if (in_use == EXTENDED) {
		static const uint8_t rest[] = { 1, 0, 0xff, 0x7f, 0xc4, 0, 0, 0, 0, 0, 0, 0, 0, 0 };
		memcpy(p, rest, sizeof rest);
		p += sizeof rest;
	}
	*p++ = sizeof data;
	memcpy(p, data, sizeof data);
	p += sizeof data;
	if (in_use != EXTENDED)
		*p++ = 0xc4; /* RSSI */
	packet[2] = (uint8_t)(p - packet - 3);
	return deliver(packet, (size_t)(p - packet));
}

static void send_due_reports(void)
{
	if (!is_scanning || is_broken || sent >= wanted)
		return;
	long due = (long)((now() - started) * (double)rate);
	if (due > wanted)
		due = wanted;
	while (sent < due && is_scanning) {
		if (send_report((uint32_t)sent))
			sent++;
		else
			is_scanning = 0;
	}
	if (sent == wanted)
		say("sent", sent);
}

static void obey(const char *line)
{
	static const uint8_t hardware_error[] = { 4, 0x10, 1, 0x42 };

	if (sscanf(line, "send %ld %ld", &rate, &wanted) == 2) {
		started = now();
		sent = 0;
	} else if (!strcmp(line, "error")) {
		is_broken = 1;
		is_scanning = 0;
		deliver(hardware_error, sizeof hardware_error);
	} else if (!strcmp(line, "unplug")) {
		unplug();
	} else if (!strcmp(line, "plug")) {
		plug();
	}
}

/* Each read gives one packet. */
static void take_packet(void)
{
	uint8_t packet[1024];
	ssize_t length = read(vhci, packet, sizeof packet);
	if (length >= 4 && packet[0] == 1)
		take_command((uint16_t)(packet[1] | packet[2] << 8), packet + 4);
}

int main(int count, char **arguments)
{
	char line[128];
	size_t length = 0;

	is_legacy = count > 1 && !strcmp(arguments[1], "legacy");
	plug();
	for (;;) {
		struct pollfd inputs[] = { { .fd = 0, .events = POLLIN }, { .fd = vhci, .events = POLLIN } };
		poll(inputs, 2, 1);
		if (inputs[1].revents & POLLIN)
			take_packet();
		if (inputs[0].revents) {
			if (length == sizeof line || read(0, line + length, 1) != 1)
				return 0;
			if (line[length++] == '\n') {
				line[length - 1] = 0;
				obey(line);
				length = 0;
			}
		}
		send_due_reports();
	}
}
