#include "bgp/session/tcp_counters.hpp"

#include <array>
#include <charconv>
#include <fstream>
#include <iterator>
#include <optional>
#include <string>
#include <utility>

namespace pipit::bgp {

namespace {

constexpr std::chrono::milliseconds kFresh{100};
/// Of the thread, whose namespace may be another than the process's.
constexpr const char* kFile = "/proc/thread-self/net/netstat";

/// The text up to a separator, which is taken off the front of `rest`.
std::string_view take(std::string_view& rest, char separator) {
  const std::size_t end = rest.find(separator);
  const std::string_view found = rest.substr(0, end);
  rest.remove_prefix(end == std::string_view::npos ? rest.size() : end + 1);
  return found;
}

/// One counter out of a line of names and the line of values below it.
std::uint64_t value_of(std::string_view names, std::string_view values, std::string_view wanted) {
  while (!names.empty() && !values.empty()) {
    const std::string_view name = take(names, ' ');
    const std::string_view value = take(values, ' ');
    std::uint64_t number = 0;
    if (name == wanted) {
      std::from_chars(value.data(), value.data() + value.size(), number);
      return number;
    }
  }
  return 0;
}

std::string read_file() {
  std::ifstream file(kFile);
  return {std::istreambuf_iterator<char>(file), {}};
}

}  // namespace

SegmentDrops parse_netstat(std::string_view text) {
  SegmentDrops drops;
  while (!text.empty()) {
    const std::string_view names = take(text, '\n');
    const std::string_view values = take(text, '\n');
    if (!names.starts_with("TcpExt:") || !values.starts_with("TcpExt:")) {
      continue;
    }
    const std::array<std::pair<std::string_view, std::uint64_t*>, 4> counters{{
        {"TCPMD5NotFound", &drops.md5_missing},
        {"TCPMD5Unexpected", &drops.md5_unexpected},
        {"TCPMD5Failure", &drops.md5_wrong},
        {"TCPMinTTLDrop", &drops.low_ttl},
    }};
    for (const auto& [name, counter] : counters) {
      *counter = value_of(names, values, name);
    }
  }
  return drops;
}

SegmentDrops dropped_segments(net::TimePoint now) {
  struct Reading {
    net::TimePoint at;
    SegmentDrops drops;
  };

  thread_local std::optional<Reading> last;
  if (!last || now - last->at >= kFresh || now < last->at) {
    last = Reading{now, parse_netstat(read_file())};
  }
  return last->drops;
}

}  // namespace pipit::bgp
