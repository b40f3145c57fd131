// The two kinds of rows of a table: a destination (a prefix) and its paths. Kept small on purpose:
// a full table has a million of each.
#pragma once

#include <cstdint>

#include "rib/store/attribute_store.hpp"
#include "rib/store/slab.hpp"
#include "rib/table/journal.hpp"
#include "rib/table/reason.hpp"
#include "rib/table/source.hpp"

namespace pipit::rib {

/// One route of Adj-RIB-In: what a source announced for a prefix, and what import made of it.
struct Path {
  std::uint32_t next = kNoSlot;                      // of the same destination
  AttributeHandle received = AttributeHandle::None;  // before import policy
  AttributeHandle accepted = AttributeHandle::None;  // after it; None: not accepted
  std::uint32_t path_id = 0;                         // RFC 7911
  std::uint32_t changed_at = 0;                      // seconds since the RIB began
  SourceId source = kNoSource;
  std::uint8_t epoch = 0;  // of the source, when it was last heard
  Reason reason : 7 = Reason::Undecided;
  bool selected : 1 = false;  // the best path or a member of its multipath set
};

static_assert(sizeof(Path) == 24);

/// A route's key with the head of its paths and what was last published of it. The octets of the
/// key follow: of the address 4 in host order for IPv4, 16 for IPv6, then a Route Distinguisher
/// where the family has one.
struct Destination {
  std::uint32_t first_path = kNoSlot;            // the best one is first once decided
  AttributeHandle best = AttributeHandle::None;  // published; holds a reference
  std::uint32_t change_low = 0;                  // Sequence of the last change, in halves to
  std::uint32_t change_high = 0;                 // keep the row free of padding
  SourceId best_source = kNoSource;              // published
  std::uint8_t length = 0;                       // of the prefix
  bool in_use : 1 = false;
  bool dirty : 1 = false;    // waits for the decision process
  bool publish : 1 = false;  // journal it even if the best path stays: its next hop or set changed
  bool leaving : 1 = false;  // without paths, waits until every consumer knows

  Sequence last_change() const { return (Sequence{change_high} << 32) | change_low; }

  void set_last_change(Sequence sequence) {
    change_low = static_cast<std::uint32_t>(sequence);
    change_high = static_cast<std::uint32_t>(sequence >> 32);
  }
};

static_assert(sizeof(Destination) == 20);

}  // namespace pipit::rib
