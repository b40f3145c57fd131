// Why no TCP connection to a neighbor comes about, in words with numbers: what an attempt to
// connect ended with, or what is known while nothing answers. Made by the transport out of what the
// kernel says and by Peer when nobody answers; kept by PeerRecord.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>

#include "bgp/session/options.hpp"
#include "net/address.hpp"

namespace pipit::bgp {

/// What is certain.
enum class ConnectCause : std::uint8_t {
  Other,          // in the kernel's words
  NoAnswer,       // to our SYNs, or nobody connects where we only wait
  Refused,        // a RST
  Unreachable,    // an ICMP message says so
  Unresolved,     // nobody on the link has the address: no answer to ARP or neighbor discovery
  HopLimit,       // our TTL ran out on the way
  NoRoute,        // our own routing table leads nowhere
  SourceAddress,  // local-address is on no interface
  Interface,      // of a link-local neighbor: it does not exist
  Closed,         // the neighbor accepted the connection and ended it before its OPEN
};

/// What is only likely: the kernel counts dropped segments for the whole host.
enum class Suspicion : std::uint8_t {
  None,
  Md5Missing,     // unsigned segments came, and we demand signatures
  Md5Wrong,       // segments came with another signature than our password makes
  Md5Unexpected,  // signed segments came, and we have no password
  LowTtl,         // segments came from further away than ttl-security allows
};

struct ConnectTrouble {
  ConnectCause cause = ConnectCause::Other;
  Suspicion suspicion = Suspicion::None;
  std::string text;

  /// The same thing again, though numbers may differ.
  bool same_kind(const ConnectTrouble& other) const {
    return cause == other.cause && suspicion == other.suspicion &&
           (cause != ConnectCause::Other || text == other.text);
  }
};

/// Segments that the kernel dropped without an answer, of all connections of our network namespace
/// (TcpExt in /proc/net/netstat).
struct SegmentDrops {
  std::uint64_t md5_missing = 0;     // TCPMD5NotFound
  std::uint64_t md5_unexpected = 0;  // TCPMD5Unexpected
  std::uint64_t md5_wrong = 0;       // TCPMD5Failure
  std::uint64_t low_ttl = 0;         // TCPMinTTLDrop

  friend bool operator==(const SegmentDrops&, const SegmentDrops&) = default;
};

/// How many more there are now; a counter that went back counts as unchanged.
SegmentDrops operator-(const SegmentDrops& now, const SegmentDrops& before);

/// An attempt that nobody answered.
struct Unanswered {
  std::chrono::seconds time{0};
  unsigned syns = 0;  // that were sent; 0: not known
  SegmentDrops dropped;
  std::chrono::seconds dropped_in{0};  // the time in which these were
};

/// No answer to our SYNs, or, for a passive peer, no connection of the neighbor.
ConnectTrouble unanswered(const Unanswered& attempt, const SessionOptions& options);

/// What the drops of the whole host suggest for a neighbor with these options.
Suspicion suspect(const SegmentDrops& dropped, const SessionOptions& options);

/// An ICMP message that ended an attempt (struct sock_extended_err).
struct IcmpError {
  std::uint8_t type = 0;
  std::uint8_t code = 0;
  net::IpAddress from;
  bool from_us = false;  // our own stack found nobody on the link
};

ConnectTrouble icmp_trouble(const IcmpError& icmp, const SessionOptions& options);

/// An errno of connect(); `at_once`: from the call itself, so that nothing was sent.
ConnectTrouble connect_trouble(int error, bool at_once, const SessionOptions& options);

/// What an operator can do about it; empty: nothing that is known.
std::string advice(const ConnectTrouble& trouble, const SessionOptions& options);

}  // namespace pipit::bgp
