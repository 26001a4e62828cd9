// SPDX-License-Identifier: Apache-2.0
#include "host/control/config_control.hpp"

namespace baton {

std::string_view step_outcome_name(StepOutcome outcome) {
  switch (outcome) {
    case StepOutcome::done:
      return "ok";
    case StepOutcome::failed:
      return "failed";
    case StepOutcome::skipped:
      return "skipped";
    case StepOutcome::taken_back:
      return "taken back";
    case StepOutcome::not_taken_back:
      break;
  }
  return "NOT taken back";
}

std::string_view apply_result_name(ApplyResult result) {
  switch (result) {
    case ApplyResult::done:
      return "done";
    case ApplyResult::taken_back:
      return "taken_back";
    case ApplyResult::half_taken_back:
      break;
  }
  return "half_taken_back";
}

}  // namespace baton
