/* adapter up|down|reset|block|unblock|take-over legacy|extended SECONDS|without raw|admin COMMAND...
 *
 * Does to hci0 what other programs do: powers it, resets it, blocks it (rfkill), or replaces the scan
 * by one of its own (active, with duplicate filter) and switches that off in the end. `without` runs a
 * command that can never have CAP_NET_RAW or CAP_NET_ADMIN. */
#include <bluetooth/bluetooth.h>
#include <bluetooth/hci.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <linux/rfkill.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <unistd.h>

static int fail(const char *what)
{
	perror(what);
	return 1;
}

static int open_socket(void)
{
	struct sockaddr_hci address = { .hci_family = AF_BLUETOOTH, .hci_dev = 0, .hci_channel = HCI_CHANNEL_RAW };
	int descriptor = socket(AF_BLUETOOTH, SOCK_RAW, BTPROTO_HCI);
	if (descriptor >= 0 && bind(descriptor, (struct sockaddr *)&address, sizeof address) < 0)
		return -1;
	return descriptor;
}

static int power(unsigned long request)
{
	int descriptor = socket(AF_BLUETOOTH, SOCK_RAW, BTPROTO_HCI);
	if (descriptor < 0 || (ioctl(descriptor, request, 0) < 0 && errno != EALREADY))
		return fail("ioctl");
	return 0;
}

static int block(int soft)
{
	struct rfkill_event event = { .op = RFKILL_OP_CHANGE_ALL, .type = RFKILL_TYPE_BLUETOOTH, .soft = soft };
	int descriptor = open("/dev/rfkill", O_WRONLY);
	if (descriptor < 0 || write(descriptor, &event, sizeof event) < 0)
		return fail("/dev/rfkill");
	return 0;
}

static void command(int descriptor, unsigned opcode, const unsigned char *parameters, unsigned char count)
{
	unsigned char packet[64] = { HCI_COMMAND_PKT, opcode & 0xff, opcode >> 8, count };
	memcpy(packet + 4, parameters, count);
	if (write(descriptor, packet, 4 + count) < 0)
		perror("write");
	usleep(100000);
}

/* As the kernel does for a discovery: off, parameters, on, and off again when it is over. */
static int take_over(int extended, unsigned seconds)
{
	static const unsigned char extended_parameters[] = { 0, 0, 1, 1, 0x12, 0, 0x12, 0 };
	static const unsigned char parameters[] = { 1, 0x12, 0, 0x12, 0, 0, 0 };
	static const unsigned char on[] = { 1, 1, 0, 0, 0, 0 }, off[6];
	unsigned enable = extended ? 0x2042 : 0x200c;
	unsigned char enable_length = extended ? 6 : 2;
	int descriptor = open_socket();

	if (descriptor < 0)
		return fail("hci0");
	command(descriptor, enable, off, enable_length);
	if (extended)
		command(descriptor, 0x2041, extended_parameters, sizeof extended_parameters);
	else
		command(descriptor, 0x200b, parameters, sizeof parameters);
	command(descriptor, enable, on, enable_length);
	sleep(seconds);
	command(descriptor, enable, off, enable_length);
	return 0;
}

static int without(const char *capability, char **command)
{
	if (prctl(PR_CAPBSET_DROP, strcmp(capability, "raw") ? CAP_NET_ADMIN : CAP_NET_RAW, 0, 0, 0) < 0)
		return fail("PR_CAPBSET_DROP");
	execvp(command[0], command);
	return fail(command[0]);
}

int main(int count, char **arguments)
{
	const char *verb = count > 1 ? arguments[1] : "";

	if (!strcmp(verb, "up"))
		return power(HCIDEVUP);
	if (!strcmp(verb, "down"))
		return power(HCIDEVDOWN);
	if (!strcmp(verb, "reset"))
		return power(HCIDEVRESET);
	if (!strcmp(verb, "block"))
		return block(1);
	if (!strcmp(verb, "unblock"))
		return block(0);
	if (!strcmp(verb, "take-over") && count > 3)
		return take_over(!strcmp(arguments[2], "extended"), (unsigned)atoi(arguments[3]));
	if (!strcmp(verb, "without") && count > 3)
		return without(arguments[2], arguments + 3);
	fprintf(stderr, "adapter: what?\n");
	return 2;
}
