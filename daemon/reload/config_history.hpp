// The configurations that were applied: when, by whom, what changed, and, as far as there is room,
// what they were, so that one can go back.
//
// Owned by the Router; bounded in number and in octets.
#pragma once

#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "config/config.hpp"
#include "config/diff.hpp"
#include "control/reload_models.hpp"
#include "net/loop.hpp"

namespace pipit::daemon {

/// Who had a configuration applied, and why.
struct Origin {
  std::string what;  // "start", "SIGHUP", "reload", "rollback to 3", "no confirmation"
  std::optional<control::Requester> requester;

  /// "reload by root (pid 4711)".
  std::string to_text() const;
};

class ConfigHistory {
 public:
  using ConfigRef = std::shared_ptr<const config::Config>;

  static constexpr std::size_t kMaxEntries = 32;
  /// Of the texts that configurations were read from: they are about as large in memory.
  static constexpr std::size_t kMaxOctets = std::size_t{8} << 20;
  /// Changes of an entry that are named.
  static constexpr std::size_t kMaxChanges = 20;
  /// Octets of a value in there that are shown.
  static constexpr std::size_t kMaxValue = 120;

  /// A configuration is in force now. `replaced`: the one that was until now; null at the start.
  /// `octets`: of the texts that the new one was read from. Returns the new one's number.
  std::uint32_t add(const Origin& origin,
                    net::WallTime now,
                    const config::Diff& diff,
                    ConfigRef replaced,
                    std::size_t octets);

  /// Configurations that are no longer kept, for whoever has the time to free them.
  std::vector<ConfigRef> take_dropped() { return std::exchange(dropped_, {}); }

  /// The number of the running configuration.
  std::uint32_t running() const { return entries_.empty() ? 0 : entries_.front().row.number; }

  /// A configuration that is kept: null for the running one and for those that are not.
  ConfigRef find(std::uint32_t number) const;
  /// Octets of the text of the one with that number; 0: unknown.
  std::size_t octets_of(std::uint32_t number) const;

  /// The last one first.
  std::vector<control::ConfigHistoryRow> rows() const;

 private:
  struct Entry {
    control::ConfigHistoryRow row;
    ConfigRef config;  // null: the running one, or no longer kept
    std::size_t octets = 0;
  };

  void trim();
  void drop(Entry& entry);

  std::deque<Entry> entries_;  // the running one first
  std::vector<ConfigRef> dropped_;
  std::uint32_t last_number_ = 0;
};

}  // namespace pipit::daemon
