// A change that a rule's set makes, in compiled form.
//
// Made by compile.cpp out of ActionOptions, held and run by rules.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "bgp/wire/attributes.hpp"
#include "policy/route_facts.hpp"

namespace pipit::policy {

/// A route while it is changed.
struct Working {
  const RouteFacts& facts;
  bgp::PathAttributes& attributes;
  Outcome& outcome;
};

class Action {
 public:
  virtual ~Action() = default;

  /// The key: "local-preference".
  virtual std::string_view name() const = 0;
  /// What it does, in words: "200", "add 64512:100".
  virtual std::string change() const = 0;
  /// What it changes, as it stands now, in words.
  virtual std::string value(const Working& working) const = 0;
  virtual void apply(Working& working) const = 0;

  virtual Needs needs() const { return {}; }
};

using ActionPtr = std::unique_ptr<const Action>;

}  // namespace pipit::policy
