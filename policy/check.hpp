// A condition made of two functions: what the route has, in words, and whether that will do.
//
// Used by the tables of conditions in conditions*.cpp.
#pragma once

#include <string>
#include <string_view>
#include <utility>

#include "policy/condition.hpp"

namespace pipit::policy {

template <typename Had, typename Holds>
class Check final : public Condition {
 public:
  Check(std::string_view key, std::string wanted, Had found, Holds will_do, Needs needed)
      : name_(key),
        asked_(std::move(wanted)),
        had_(std::move(found)),
        holds_(std::move(will_do)),
        needs_(needed) {}

  std::string_view name() const override { return name_; }

  std::string asked() const override { return asked_; }

  std::string had(const Question& question) const override { return std::string(had_(question)); }

  bool holds(const Question& question) const override { return holds_(question); }

  Needs needs() const override { return needs_; }

 private:
  std::string_view name_;  // a literal
  std::string asked_;
  Had had_;
  Holds holds_;
  Needs needs_;
};

/// `name` must be a literal.
template <typename Had, typename Holds>
ConditionPtr check(
    std::string_view name, std::string asked, Had had, Holds holds, Needs needs = {}) {
  return std::make_unique<Check<Had, Holds>>(name, std::move(asked), std::move(had),
                                             std::move(holds), needs);
}

}  // namespace pipit::policy
