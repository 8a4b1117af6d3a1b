// What is compared with ZeroMQ, at both ends: a program whose first argument
// says which one it is.
//
//   version              prints ZeroMQ's
//   pull, rep, pub       bind a port of 127.0.0.1, and print where
//   push, req ENDPOINT   connect to it
//   sub ENDPOINT N       opens N connections to it
//
// For each line "messages size" on its standard input it sends or receives that
// many messages, and prints the sum of the numbers of those that it received.
// The first eight bytes of a message are its number; one that comes out of turn,
// or has another size, ends the program. It ends with its input.

#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <zmq.h>

static void *context;

static void fail(const char *what) {
	fprintf(stderr, "zeromq: %s: %s\n", what, zmq_strerror(errno));
	exit(1);
}

static void check(int result, const char *what) {
	if (result < 0)
		fail(what);
}

static void *open_socket(int type) {
	void *s = zmq_socket(context, type);
	if (!s)
		fail("socket");
	return s;
}

static void set(void *s, int option, int value) {
	check(zmq_setsockopt(s, option, &value, sizeof value), "option");
}

static void bind_and_tell(void *s) {
	char endpoint[256];
	size_t size = sizeof endpoint;
	check(zmq_bind(s, "tcp://127.0.0.1:*"), "bind");
	check(zmq_getsockopt(s, ZMQ_LAST_ENDPOINT, endpoint, &size), "endpoint");
	printf("%s\n", endpoint);
}

// next_job reads a line; it returns 0 at the end.
static int next_job(long *n, size_t *size) {
	fflush(stdout);
	return scanf("%ld %zu", n, size) == 2;
}

static void *body_of(size_t size) {
	void *body = calloc(1, size < 8 ? 8 : size);
	if (!body)
		fail("memory");
	return body;
}

static void number(void *body, long i) {
	uint64_t u = (uint64_t)i;
	memcpy(body, &u, sizeof u);
}

// take checks message i and closes it.
static void take(zmq_msg_t *m, long i, size_t size) {
	uint64_t u = 0;
	if (zmq_msg_size(m) != size) {
		fprintf(stderr, "zeromq: message %ld of %zu bytes instead of %zu\n", i, zmq_msg_size(m), size);
		exit(1);
	}
	memcpy(&u, zmq_msg_data(m), sizeof u);
	if (u != (uint64_t)i) {
		fprintf(stderr, "zeromq: message %llu comes where %ld should\n", (unsigned long long)u, i);
		exit(1);
	}
	zmq_msg_close(m);
}

static long receive(void *s, long n, size_t size) {
	long sum = 0;
	for (long i = 0; i < n; i++) {
		zmq_msg_t m;
		zmq_msg_init(&m);
		check(zmq_msg_recv(&m, s, 0), "receive");
		take(&m, i, size);
		sum += i;
	}
	return sum;
}

static void pull(void) {
	void *s = open_socket(ZMQ_PULL);
	long n;
	size_t size;
	bind_and_tell(s);
	while (next_job(&n, &size))
		printf("%ld\n", receive(s, n, size));
	zmq_close(s);
}

static void send_all(void *s, long n, size_t size) {
	void *body = body_of(size);
	for (long i = 0; i < n; i++) {
		number(body, i);
		check(zmq_send(s, body, size, 0), "send");
	}
	free(body);
}

static void push(const char *endpoint) {
	long n;
	size_t size;
	printf("%s\n", endpoint);
	while (next_job(&n, &size)) {
		void *s = open_socket(ZMQ_PUSH);
		check(zmq_connect(s, endpoint), "connect");
		send_all(s, n, size);
		zmq_close(s); // what is queued is sent
		printf("0\n");
	}
}

static void rep(void) {
	void *s = open_socket(ZMQ_REP);
	long n;
	size_t size;
	bind_and_tell(s);
	while (next_job(&n, &size)) {
		for (long i = 0; i < n; i++) {
			zmq_msg_t m;
			zmq_msg_init(&m);
			check(zmq_msg_recv(&m, s, 0), "receive");
			check(zmq_msg_send(&m, s, 0), "send");
		}
		printf("0\n");
	}
	zmq_close(s);
}

static uint64_t now(void) {
	struct timespec t;
	clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

// req prints after the sum how long each trip took: n times eight bytes.
static void req(const char *endpoint) {
	long n;
	size_t size;
	printf("%s\n", endpoint);
	while (next_job(&n, &size)) {
		void *s = open_socket(ZMQ_REQ), *body = body_of(size);
		uint64_t *took = body_of((size_t)n * sizeof *took);
		long sum = 0;
		check(zmq_connect(s, endpoint), "connect");
		uint64_t begun = now();
		for (long i = 0; i < n; i++) {
			zmq_msg_t m;
			number(body, i);
			check(zmq_send(s, body, size, 0), "send");
			zmq_msg_init(&m);
			check(zmq_msg_recv(&m, s, 0), "receive");
			take(&m, i, size);
			sum += i;
			uint64_t ended = now();
			took[i] = ended - begun;
			begun = ended;
		}
		zmq_close(s);
		printf("%ld\n", sum);
		fwrite(took, sizeof *took, (size_t)n, stdout);
		free(took);
		free(body);
	}
}

// pub sends to all who subscribe, and waits for those who are slow.
static void pub(int connections) {
	void *s = open_socket(ZMQ_XPUB);
	long n;
	size_t size;
	set(s, ZMQ_XPUB_NODROP, 1);
	set(s, ZMQ_XPUB_VERBOSE, 1);
	bind_and_tell(s);
	fflush(stdout);
	for (int i = 0; i < connections; i++) {
		zmq_msg_t m; // a subscription
		zmq_msg_init(&m);
		check(zmq_msg_recv(&m, s, 0), "subscription");
		zmq_msg_close(&m);
	}
	while (next_job(&n, &size)) {
		send_all(s, n, size);
		printf("0\n");
	}
	zmq_close(s);
}

static void sub(const char *endpoint, int connections) {
	zmq_pollitem_t *polled = calloc((size_t)connections, sizeof *polled);
	long *next = calloc((size_t)connections, sizeof *next), n;
	size_t size;
	if (!polled || !next)
		fail("memory");
	for (int i = 0; i < connections; i++) {
		polled[i].socket = open_socket(ZMQ_SUB);
		polled[i].events = ZMQ_POLLIN;
		check(zmq_setsockopt(polled[i].socket, ZMQ_SUBSCRIBE, "", 0), "subscribe");
		check(zmq_connect(polled[i].socket, endpoint), "connect");
	}
	printf("%s\n", endpoint);
	while (next_job(&n, &size)) {
		int left = n > 0 ? connections : 0;
		long sum = 0;
		memset(next, 0, (size_t)connections * sizeof *next);
		while (left > 0) {
			check(zmq_poll(polled, connections, -1), "poll");
			for (int i = 0; i < connections; i++) {
				while (polled[i].revents && next[i] < n) {
					zmq_msg_t m;
					zmq_msg_init(&m);
					if (zmq_msg_recv(&m, polled[i].socket, ZMQ_DONTWAIT) < 0) {
						if (errno != EAGAIN)
							fail("receive");
						break;
					}
					take(&m, next[i], size);
					sum += next[i];
					if (++next[i] == n)
						left--;
				}
			}
		}
		printf("%ld\n", sum);
	}
	for (int i = 0; i < connections; i++)
		zmq_close(polled[i].socket);
}

int main(int argc, char **argv) {
	const char *mode = argc > 1 ? argv[1] : "", *argument = argc > 2 ? argv[2] : "0";
	int major, minor, patch;
	context = zmq_ctx_new();
	zmq_ctx_set(context, ZMQ_MAX_SOCKETS, 4096);
	if (!strcmp(mode, "version")) {
		zmq_version(&major, &minor, &patch);
		printf("%d.%d.%d\n", major, minor, patch);
	} else if (!strcmp(mode, "pull"))
		pull();
	else if (!strcmp(mode, "push"))
		push(argument);
	else if (!strcmp(mode, "rep"))
		rep();
	else if (!strcmp(mode, "req"))
		req(argument);
	else if (!strcmp(mode, "pub"))
		pub(atoi(argument));
	else if (!strcmp(mode, "sub") && argc > 3)
		sub(argument, atoi(argv[3]));
	else {
		fprintf(stderr, "zeromq: what is %s?\n", mode);
		return 2;
	}
	zmq_ctx_term(context);
	return 0;
}
