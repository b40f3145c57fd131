// A file beside the control socket that says where in the kernel routes of ours stand: in which
// tables at which metrics, with which protocol.
//
// What the configuration names no more still has them after a restart. Their protocol alone does
// not make them ours: another daemon may well use the same.
#pragma once

#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "kernel/fib/ownership.hpp"

namespace pipit::daemon {

class TableRecord {
 public:
  struct Noted {
    std::uint8_t protocol = 0;
    std::optional<std::uint8_t> former_protocol{};  // of a run before that, with routes left
    std::set<kernel::FibPlace> places;

    friend bool operator==(const Noted&, const Noted&) = default;
  };

  /// The file from now on; one at another place goes. Empty: none.
  void move_to(std::string path);

  /// What the file says; nullopt when there is none, or when it makes no sense. `metrics`: of
  /// tables for which it notes none, as earlier versions wrote it.
  std::optional<Noted> read(const std::vector<std::uint32_t>& metrics) const;
  /// Notes places before the first route is written there. No places: no file. A failure is
  /// logged.
  void write(const Noted& noted);

 private:
  std::string path_;
};

}  // namespace pipit::daemon
