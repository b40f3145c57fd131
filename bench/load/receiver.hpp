// What one receiver holds: fed with the octets of its session. Counts while the clock runs, and
// checks every attribute afterwards, when it costs the daemon under test nothing.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "bench/load/workload.hpp"
#include "bgp/wire/negotiated.hpp"
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
  std::uint64_t attributes = 0;   // UPDATEs with other attributes than announced
  std::uint64_t old_version = 0;  // routes that ended with attributes that were replaced
  std::string first;              // the first one, in words

  std::uint64_t total() const { return unknown + echoes + attributes + old_version; }
};

class Receiver {
 public:
  Receiver(const Workload& workload, const ReceiverRole& role);

  /// Takes the body of an UPDATE. Keeps it for check().
  void take(net::ByteView body);

  /// Routes held now, its own ones not counted.
  std::uint32_t present() const { return present_; }

  /// Routes that it will hold when all senders have announced everything.
  std::uint32_t expected() const { return expected_; }

  std::uint64_t updates() const { return updates_; }

  std::uint64_t octets() const { return octets_; }

  /// Decodes everything that came, and compares with what was announced. `every`: each `every`-th
  /// route of a sender must have ended in its second version; 0: none has one.
  Findings check(std::uint32_t every) const;

 private:
  void set_present(std::uint32_t address, std::uint8_t length, bool present);
  bool equal(const bgp::PathAttributes& sent, const bgp::PathAttributes& got) const;

  const Workload& workload_;
  ReceiverRole role_;
  std::vector<bool> held_;
  std::uint32_t present_ = 0;
  std::uint32_t expected_ = 0;
  std::uint64_t unknown_ = 0;
  std::uint64_t echoes_ = 0;
  std::uint64_t updates_ = 0;
  std::uint64_t octets_ = 0;
  net::Bytes stored_;                   // bodies, end to end
  std::vector<std::uint32_t> lengths_;  // of the bodies
};

}  // namespace pipit::load
