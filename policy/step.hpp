// One thing that was looked at on the way of a route or a session, as `explain` shows it. Noted by
// whoever decides (import, export, the kernel's side, sessions), shown as it is.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "policy/recorder.hpp"

namespace pipit::policy {

struct Step {
  enum class Result : std::uint8_t {
    Passed,   // it goes on as it is
    Stopped,  // it ends here
    Changed,  // it goes on with another attribute
    Noted,    // decides nothing, but worth knowing
  };

  std::string stage;  // in kebab case: "own-as", "export-policy"
  Result result = Result::Passed;
  std::string text;                 // with the values that were looked at
  std::string rule{};               // section that asks for it: "RFC 4456 §6"; empty: none does
  std::vector<RuleRecord> rules{};  // of a policy's step: those that were tried
};

}  // namespace pipit::policy
