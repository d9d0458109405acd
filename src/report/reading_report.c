/* From a reading, as it is kept in JSON, to the report on it. */
#include "reading_report.h"

#include <stdlib.h>
#include <string.h>

#include "../base/memory.h"

static const char *text_of(const json_t *object, const char *key) {
    return json_string_value(json_object_get(object, key));
}

/* For what is always drawn. */
static const char *name_of(const json_t *object, const char *key) {
    const char *text = text_of(object, key);
    return text ? text : "";
}

static double number_of(const json_t *object, const char *key) {
    return json_number_value(json_object_get(object, key));
}

static px_report_verdict verdict_of(const json_t *review) {
    const char *verdict = name_of(review, "verdict");
    return strcmp(verdict, "accepted") == 0   ? PX_REPORT_ACCEPTED
           : strcmp(verdict, "rejected") == 0 ? PX_REPORT_REJECTED
                                              : PX_REPORT_UNJUDGED;
}

static px_report_finding describe_finding(const json_t *finding) {
    const json_t *review = json_object_get(finding, "review");
    return (px_report_finding){
        .name = name_of(finding, "name"),
        .score = number_of(finding, "score"),
        .has_probability = json_object_get(finding, "probability") != NULL,
        .probability = number_of(finding, "probability"),
        .has_threshold = json_object_get(finding, "threshold") != NULL,
        .threshold = number_of(finding, "threshold"),
        .decision = json_is_true(json_object_get(finding, "decision")),
        .disagreement = number_of(finding, "disagreement"),
        .verdict = verdict_of(review),
        .note = text_of(review, "note"),
    };
}

static bool fill_findings(px_report *report, const json_t *findings, px_report_parts *parts,
                          px_error *err) {
    size_t i;
    const json_t *item;
    parts->findings = px_alloc(json_array_size(findings), sizeof *parts->findings, err);
    if (!parts->findings)
        return false;
    json_array_foreach(findings, i, item) parts->findings[i] = describe_finding(item);
    report->findings = parts->findings;
    report->n_findings = (int)json_array_size(findings);
    return true;
}

static bool fill_ensemble(px_report *report, const json_t *ensemble, px_report_parts *parts,
                          px_error *err) {
    size_t i;
    const json_t *members = json_object_get(ensemble, "members"), *item;
    parts->members = px_alloc(json_array_size(members), sizeof *parts->members, err);
    if (!parts->members)
        return false;
    json_array_foreach(members, i, item) parts->members[i] =
        (px_report_member){name_of(item, "name"), name_of(item, "sha256")};
    report->members = parts->members;
    report->n_members = (int)json_array_size(members);
    report->ensemble = text_of(ensemble, "name");
    report->version = text_of(ensemble, "version");
    return true;
}

static bool fill_card(px_report *report, const json_t *card, px_report_parts *parts,
                      px_error *err) {
    const char *data = text_of(card, "training_data"), *limits = text_of(card, "limits");
    if (!data && !limits)
        return true;
    parts->card = px_format(err, "%s%s%s%s", data ? "Training data: " : "", data ? data : "",
                            data && limits ? ". Limits: "
                            : limits       ? "Limits: "
                                           : "",
                            limits ? limits : "");
    report->card = parts->card;
    return parts->card != NULL;
}

bool px_report_fill_reading(px_report *report, const json_t *reading, const json_t *card,
                            px_report_parts *parts, px_error *err) {
    report->sha256 = text_of(reading, "sha256");
    report->width = (int)json_integer_value(json_object_get(reading, "width"));
    report->height = (int)json_integer_value(json_object_get(reading, "height"));
    report->notice = text_of(reading, "notice");
    return fill_findings(report, json_object_get(reading, "findings"), parts, err) &&
           fill_ensemble(report, json_object_get(reading, "ensemble"), parts, err) &&
           fill_card(report, card, parts, err);
}

void px_report_parts_clear(px_report_parts *parts) {
    free(parts->findings);
    free(parts->members);
    free(parts->card);
    *parts = (px_report_parts){0};
}

json_t *px_report_leading(const json_t *reading) {
    size_t i;
    json_t *finding, *leading = NULL;
    double best = -1;
    json_array_foreach(json_object_get(reading, "findings"), i, finding) {
        double score = number_of(finding, "score"), threshold = number_of(finding, "threshold");
        double lead = threshold > 0 ? score / threshold : score;
        if (json_object_get(finding, "box") && lead > best) {
            best = lead;
            leading = finding;
        }
    }
    return leading;
}
