// The trace of a run: every message with its octets, every change of a best path and every timer,
// in the order in which they happen, in virtual time. Two runs of one seed have the same one.
//
//   0.130412 r3 > r5 UPDATE 57 octets ffff...
//   0.130412 r5 best 198.18.3.0/24 from r3 path [64513 64512] ...
//   9.130000 r5 timer of r3
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

#include <fmt/format.h>

#include "net/bytes.hpp"
#include "net/loop.hpp"

namespace pipit::sim {

class Trace {
 public:
  /// The loop must outlive it.
  explicit Trace(const net::Loop& loop) : loop_(loop) {}

  /// From now on lines are kept; before nothing is, which costs nothing.
  void keep() { kept_ = true; }

  bool kept() const { return kept_; }

  template <typename... Args>
  void note(fmt::format_string<Args...> format, Args&&... args) {
    if (kept_) {
      add(fmt::format(format, std::forward<Args>(args)...));
    }
  }

  const std::string& text() const { return text_; }

 private:
  void add(std::string_view line);

  const net::Loop& loop_;
  bool kept_ = false;
  std::string text_;
};

/// Cuts what one side of a connection writes into BGP messages and notes each in a trace.
class MessageTap {
 public:
  void take(std::string_view from, std::string_view to, net::ByteView octets, Trace& trace);

 private:
  net::Bytes pending_;
};

/// Where two traces differ first, in words, with some lines before it; empty: nowhere.
std::string first_difference(std::string_view one, std::string_view other);

}  // namespace pipit::sim
