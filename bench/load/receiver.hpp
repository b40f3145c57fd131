// What one receiver holds: fed with the octets of its session. Counts while the clock runs, and
// checks every attribute afterwards, when it costs the daemon under test nothing.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "bench/load/scene.hpp"
#include "bench/load/workload.hpp"
#include "bgp/wire/update.hpp"
#include "net/bytes.hpp"

namespace pipit::load {

/// Who receives, and what becomes of attributes on the way to it.
struct ReceiverRole {
  std::uint32_t own_sender = UINT32_MAX;  // its own routes must not come back; UINT32_MAX: none
  bool internal = true;
  std::uint32_t dut_asn = 0;
  net::IpAddress dut_address;
  bool cluster_list = false;  // the daemon is a reflector: ORIGINATOR_ID and CLUSTER_LIST appear
};

/// What was wrong with what a receiver got.
struct Findings {
  std::uint64_t unknown = 0;      // prefixes that nobody announced
  std::uint64_t echoes = 0;       // routes that came back to their sender
  std::uint64_t attributes = 0;   // routes with other attributes than announced
  std::uint64_t old_version = 0;  // routes that ended with attributes that were replaced
  std::string first;              // the first one, in words

  std::uint64_t total() const { return unknown + echoes + attributes + old_version; }
};

class Receiver {
 public:
  Receiver(const Workload& workload, const ReceiverRole& role);

  /// From now on this is what it must come to hold; must stay valid. Its own routes are left out.
  void expect(const BestRoutes& best);

  /// Takes the body of an UPDATE. Keeps it for check().
  void take(net::ByteView body);

  /// Prefixes of which it does not hold what it must.
  std::uint32_t wrong() const { return wrong_; }

  std::uint64_t updates() const { return updates_; }

  std::uint64_t octets() const { return octets_; }

  /// Routes announced to it since expect() that are not what it must come to hold.
  std::uint64_t outdated() const { return outdated_; }

  /// Decodes everything that came, and compares with what was announced. `ended`: its session is
  /// over, what it holds at the end does not matter.
  Findings check(bool ended) const;

 private:
  Mark wanted(std::uint32_t prefix) const {
    const Mark mark = best_->marks[prefix];
    if (mark == kNothing || best_->senders[prefix] == role_.own_sender) {
      return kNothing;
    }
    return role_.internal ? mark : kSomething;
  }

  bool is_own(Mark mark, std::uint32_t prefix) const;
  void hold(std::uint32_t address, std::uint8_t length, Mark mark);
  bool equal(const bgp::PathAttributes& sent, const bgp::PathAttributes& got) const;
  Mark mark_of(std::uint32_t set, const bgp::PathAttributes& got) const;
  void inspect(const bgp::UpdateMessage& update, std::vector<Mark>& last, Findings& findings) const;

  const Workload& workload_;
  ReceiverRole role_;
  const BestRoutes* best_ = nullptr;
  std::vector<Mark> held_;  // by prefix
  std::uint32_t wrong_ = 0;
  std::uint64_t unknown_ = 0;
  std::uint64_t echoes_ = 0;
  std::uint64_t outdated_ = 0;
  std::uint64_t updates_ = 0;
  std::uint64_t octets_ = 0;
  net::Bytes stored_;                   // bodies, end to end
  std::vector<std::uint32_t> lengths_;  // of the bodies
};

}  // namespace pipit::load
