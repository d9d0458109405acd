/* Bodies of both interfaces: any Content-Type and body, with every kind of field read from it. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "../src/base/text.h"
#include "../src/server/old_fields.h"
#include "../src/server/times.h"
#include "../src/server/usernames.h"
#include "../src/server/v1_fields.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const char *const known[] = {"a", "b", "c", NULL};

static void check_text(const char *text, size_t most) {
    if (text && (!px_text_is_utf8(text) || px_text_length(text) > most || *text == '\0'))
        abort();
}

/* A time that is read prints as one that reads the same. */
static void check_time(int64_t time) {
    char text[PX_TIME_SIZE];
    int64_t again;
    px_time_print(time, text);
    if (time > 0 && time < INT64_C(253402300800000000) &&
        (!px_time_parse(text, &again) || again != time))
        abort();
}

static void read_new(px_request *request) {
    px_v1_fields fields;
    px_reply reply;
    int number = 7, choice;
    int64_t time = 0;
    bool truth = false;
    px_reply_init(&reply);
    if (px_v1_begin(&fields, request, known, &reply)) {
        check_text(px_v1_text(&fields, "a", true, 1, 20), 20);
        check_text(px_v1_secret(&fields, "b"), SIZE_MAX);
        choice = px_v1_choice(&fields, "c", known);
        px_v1_bool(&fields, "c", &truth);
        px_v1_int(&fields, "c", 7, 9, &number);
        px_v1_time(&fields, "a", &time);
        check_time(time);
        if (choice > 2 || number < 7 || number > 9)
            abort();
        if (!px_v1_end(&fields, &reply) && reply.status != 400)
            abort();
    }
    px_reply_clear(&reply);
}

static void read_old(px_request *request) {
    px_old_fields fields;
    px_reply reply;
    px_reply_init(&reply);
    if (px_old_begin(&fields, request, &reply)) {
        char *a = px_old_text(&fields, "a", true, 20), *b = px_old_text(&fields, "b", false, 0);
        check_text(a, 20);
        check_text(b, SIZE_MAX);
        if (a && px_username_is_valid(a) && strpbrk(a, " \t\r\n/\\<>'\"&;:!?*#$%^()=[]{}|,`~"))
            abort();
        if (px_old_end(&fields, &reply) != (a && b))
            abort();
        free(a);
        free(b);
    }
    px_reply_clear(&reply);
}

/* Input: the Content-Type up to a zero byte, the body. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    const uint8_t *type_end = size > 0 ? memchr(data, 0, size) : NULL;
    if (!type_end)
        return 0;
    px_request request = {
        .method = "POST", .path = "/api/v1/x", .content_type = (const char *)data};
    px_body_begin(&request.body, NULL, request.content_type, 0);
    px_body_feed(&request.body, type_end + 1, (size_t)(data + size - type_end - 1));
    px_body_finish(&request.body);
    read_new(&request);
    request.path = "/api/chexray/x/";
    read_old(&request);
    px_body_discard(&request.body);
    return 0;
}
