// SPDX-License-Identifier: Apache-2.0
// The routes below /v1/config: what a host was told to be, and what it is to become.
#include "host/control/config_control.hpp"
#include "host/control/route_request.hpp"

#include <fmt/format.h>

#include <utility>

namespace baton {
namespace {

Json step_document(const PlanStep& step) {
  Json document = {{"action", plan_action_name(step.action)},
                   {"kind", element_kind_name(step.kind)},
                   {"target", step.target},
                   {"what", step.what},
                   {"reason", step.reason}};
  if (step.loses_state) {
    document["loses_state"] = true;
  }
  if (step.action == PlanAction::reconfigure) {
    document["without_swap"] = step.without_swap;
  }
  return document;
}

Json plan_document(const MadePlan& made) {
  Json steps = Json::array();
  for (const PlanStep& step : made.plan.steps) {
    steps.push_back(step_document(step));
  }
  Json plan = {{"id", made.id},
               {"generation", made.generation},
               {"file", made.file.string()},
               {"steps", std::move(steps)},
               {"unchanged", made.plan.unchanged},
               {"later", made.plan.later},
               {"warnings", made.warnings}};
  if (made.back_to) {
    plan["back_to"] = *made.back_to;
  }
  return {{"plan", std::move(plan)}};
}

Json apply_document(const ApplyReport& report) {
  Json steps = Json::array();
  for (const StepReport& done : report.steps) {
    Json step = step_document(done.step);
    step["outcome"] = step_outcome_name(done.outcome);
    step["text"] = done.text;
    step["took_us"] = done.took.count();
    steps.push_back(std::move(step));
  }
  Json document = {{"result", apply_result_name(report.result)},
                   {"generation", report.generation},
                   {"previous", report.previous},
                   {"took_ms", report.took.count()},
                   {"steps", std::move(steps)},
                   {"later", report.later},
                   {"warnings", report.warnings},
                   {"found_by_hand", report.found_by_hand},
                   {"not_kept", report.not_kept}};
  if (!report.error.empty()) {
    document["error"] = report.error;
  }
  return {{"apply", std::move(document)}};
}

Answer answer_of(const Result<MadePlan>& made) {
  return made ? Answer(plan_document(*made)) : Answer(fail(made.error()));
}

Answer answer_of(const Result<ApplyReport>& report) {
  return report ? Answer(apply_document(*report)) : Answer(fail(report.error()));
}

Result<ConfigControl*> control_of(const RouteRequest& request) {
  ConfigControl* const control = request.verbs.config();
  return control != nullptr
             ? Result<ConfigControl*>(control)
             : fail(Errc::not_supported, "this host is embedded in a program, which has its config");
}

std::string who(const RouteRequest& request) {
  return fmt::format("uid {} pid {}", request.caller.uid, request.caller.pid);
}

/// The path of that key; empty when there is none.
Result<std::filesystem::path> path_at(const Json& document, const char* key) {
  const auto text = text_at(document, key);
  if (!text) {
    return fail(text.error());
  }
  if (!text->empty() && text->front() != '/') {
    return fail(Errc::bad_request,
                fmt::format("`{}` is `{}`; an absolute path is expected, since the host has another working "
                            "directory",
                            key, *text));
  }
  return std::filesystem::path(*text);
}

Answer post_plan(const RouteRequest& request) {
  const auto control = control_of(request);
  const auto document = document_of(request, {"file"});
  if (!control || !document) {
    return fail(control ? document.error() : control.error());
  }
  const auto file = path_at(*document, "file");
  return file ? answer_of((*control)->plan(*file)) : Answer(fail(file.error()));
}

Answer post_apply(const RouteRequest& request) {
  const auto control = control_of(request);
  const auto document = document_of(request, {"file", "plan"});
  if (!control || !document) {
    return fail(control ? document.error() : control.error());
  }
  const auto file = path_at(*document, "file");
  const auto plan = text_at(*document, "plan");
  if (!file || !plan) {
    return fail(file ? plan.error() : file.error());
  }
  if (!plan->empty() && !file->empty()) {
    return fail(Errc::bad_request, "`file` and `plan` exclude each other: a plan has its file");
  }
  return answer_of(plan->empty() ? (*control)->apply(*file, who(request))
                                 : (*control)->apply_plan(*plan, who(request)));
}

Answer post_reload(const RouteRequest& request) {
  const auto control = control_of(request);
  if (!control) {
    return fail(control.error());
  }
  (*control)->reload(who(request));
  return Json{{"reloading", true}, {"generation", (*control)->generation()}};
}

/// False when it is not there.
Result<bool> dry_run_at(const Json& document) {
  const auto dry_run = document.find("dry_run");
  if (dry_run != document.end() && !dry_run->is_boolean()) {
    return fail(Errc::bad_request, "`dry_run` must be true or false");
  }
  return dry_run != document.end() && dry_run->get<bool>();
}

Answer post_rollback(const RouteRequest& request) {
  const auto control = control_of(request);
  const auto document = document_of(request, {"generation", "dry_run"});
  if (!control || !document) {
    return fail(control ? document.error() : control.error());
  }
  const auto number = document->find("generation");
  if (number == document->end() || !number->is_number_unsigned()) {
    return fail(Errc::bad_request, "`generation` is missing: the number of one that the history has");
  }
  const auto dry_run = dry_run_at(*document);
  if (!dry_run) {
    return fail(dry_run.error());
  }
  const auto generation = number->get<std::uint64_t>();
  return *dry_run ? answer_of((*control)->plan_rollback(generation))
                  : answer_of((*control)->rollback(generation, who(request)));
}

Answer post_save(const RouteRequest& request) {
  const auto control = control_of(request);
  const auto document = document_of(request, {"dry_run"});
  if (!control || !document) {
    return fail(control ? document.error() : control.error());
  }
  const auto dry_run = dry_run_at(*document);
  if (!dry_run) {
    return fail(dry_run.error());
  }
  const auto saved = (*control)->save(*dry_run, who(request));
  return saved ? Answer(Json{{"save",
                              {{"file", saved->file.string()},
                               {"changes", saved->changes},
                               {"versions", saved->versions},
                               {"written", saved->is_written}}}})
               : Answer(fail(saved.error()));
}

Answer get_drift(const RouteRequest& request) {
  const auto control = control_of(request);
  return control ? answer_of((*control)->drift()) : Answer(fail(control.error()));
}

Answer get_history(const RouteRequest& request) {
  const auto control = control_of(request);
  if (!control) {
    return fail(control.error());
  }
  Json records = Json::array();
  for (const GenerationRecord& record : (*control)->history()) {
    records.push_back({{"generation", record.generation},
                       {"time_us", record.time_us},
                       {"who", record.who},
                       {"what", record.what},
                       {"steps", record.steps},
                       {"result", record.result},
                       {"failed", record.is_failure}});
  }
  return Json{{"generation", (*control)->generation()}, {"history", std::move(records)}};
}

}  // namespace

std::vector<Route> config_routes() {
  return {{"POST", "v1/config/plan", {}, post_plan},     {"POST", "v1/config/apply", {}, post_apply},
          {"POST", "v1/config/reload", {}, post_reload}, {"POST", "v1/config/rollback", {}, post_rollback},
          {"POST", "v1/config/save", {}, post_save},     {"GET", "v1/config/history", {}, get_history},
          {"GET", "v1/config/drift", {}, get_drift}};
}

}  // namespace baton
