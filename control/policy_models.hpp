// What `show policies` and `show sets` show.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace pipit::control {

/// A rule of a policy, everything in words.
struct RuleModel {
  std::uint32_t number = 0;        // as the operator counts, from 1
  std::vector<std::string> match;  // "prefix pods"; empty: every route
  std::vector<std::string> set;    // "local-preference 200"
  std::string then;                // "accept"
  std::uint64_t hits = 0;          // routes that it matched since the policy was loaded
  std::string place;               // "pipitd.yaml:12"
};

struct PolicyRow {
  std::string name;
  std::vector<std::string> used_by;  // "tor-a import", "kernel export", "policy to-tor"
  std::vector<RuleModel> rules;
};

struct SetRow {
  std::string name;
  std::string kind;  // as under sets: "prefixes", "communities"
  std::uint64_t entries = 0;
  std::string file;                  // where they come from; empty: the configuration
  std::vector<std::string> used_by;  // names of policies
};

}  // namespace pipit::control
