// What is different between two configurations, key by key, as an operator would say it.
//
// Made out of the field table: what a key is called, how its value is written, and what a reload
// does about it. Read by compare(), `show config --diff` and the history.
#pragma once

#include <string>
#include <vector>

#include "config/config.hpp"
#include "config/effect.hpp"

namespace pipit::config {

struct KeyChange {
  std::string path;        // "neighbors.tor-a.timers.hold", "originate[10.0.0.0/8].med"
  std::string before;      // on one line; empty: it was not there
  std::string after;       // likewise
  Effects effects;         // empty: a neighbor or a group that comes or goes
  std::string neighbor{};  // whose key it is; empty: nobody's

  friend bool operator==(const KeyChange&, const KeyChange&) = default;
};

/// Every key whose effective value is different, in the order of the file's reference; secrets as
/// "<hidden>". Takes time for what is different, and a comparison of the rest.
std::vector<KeyChange> changes(const Config& before, const Config& after);

}  // namespace pipit::config
