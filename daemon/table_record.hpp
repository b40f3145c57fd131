// A file beside the control socket that says which kernel tables hold routes of ours.
//
// A table that the configuration names no more still has them after a restart. Their protocol alone
// does not make them ours there: in tables of its own another daemon may well use the same.
#pragma once

#include <cstdint>
#include <set>
#include <string>

namespace pipit::daemon {

class TableRecord {
 public:
  /// The file from now on; one at another place goes. Empty: none.
  void move_to(std::string path);

  /// The tables noted for a protocol; none when there is no file, or when it makes no sense.
  std::set<std::uint32_t> read(std::uint8_t protocol) const;
  /// Notes tables before the first route is written there. No tables: no file. A failure is logged.
  void write(std::uint8_t protocol, const std::set<std::uint32_t>& tables);

 private:
  std::string path_;
};

}  // namespace pipit::daemon
