// What a policy run tells whoever wants to follow it, in the order in which it happens. The code
// that decides tells it; text is made only when there is a Tracer.
//
// Told by Policy::evaluate(); heard by `explain` and by the tests of an operator's policies.
//
//   enter(policy)
//     rule(number, place)
//       condition(...)      each of the rule's match, all of them, also after one that failed
//       matched(bool)
//       change(...)         each change of its set, only when it matched
//       then(...)           only when it matched
//     ...
//   leave(policy, how)
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace pipit::policy {

struct TracedRule {
  std::size_t number = 0;  // as the operator counts, from 1
  std::string_view place;  // "pipitd.yaml:12"; empty when not known
};

/// A condition of a rule's match. `any`, `all` and `not` come before the conditions in them.
struct TracedCondition {
  std::string name;       // the key: "prefix"
  std::string asked;      // "pods"
  std::string had;        // what the route has: "10.244.1.0/26"
  bool held = false;      // asked and had agree
  std::size_t depth = 0;  // inside of how many any, all and not
};

/// A change that `set` made, or that it found made already: then before and after are the same.
struct TracedChange {
  std::string attribute;  // the key: "local-preference"
  std::string before;     // "none" where there was nothing
  std::string after;
};

class Tracer {
 public:
  virtual ~Tracer() = default;

  virtual void enter(std::string_view policy) = 0;
  virtual void rule(const TracedRule& rule) = 0;
  virtual void condition(const TracedCondition& condition) = 0;
  virtual void matched(bool matched) = 0;
  virtual void change(const TracedChange& change) = 0;
  /// "accept", "reject", "next-rule", "next-policy", "call NAME".
  virtual void then(std::string_view action) = 0;
  /// How the run of the policy ended: "accept", "reject", "next-policy" or "end" (of its rules).
  virtual void leave(std::string_view policy, std::string_view how) = 0;
};

}  // namespace pipit::policy
