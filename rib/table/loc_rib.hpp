// The Loc-RIB of one family as its consumers see it: read-only, by destination id.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "net/address.hpp"
#include "net/route_key.hpp"
#include "rib/store/attribute_store.hpp"
#include "rib/table/destination_id.hpp"
#include "rib/table/journal.hpp"
#include "rib/table/source.hpp"

namespace pipit::rib {

/// The path that the decision process chose.
struct BestPath {
  AttributeHandle attributes =
      AttributeHandle::None;  // after import policy; not a reference of the caller's
  SourceId source = kNoSource;
};

class LocRib {
 public:
  virtual ~LocRib() = default;

  virtual net::Family family() const = 0;
  /// The best path; nullopt when there is none (unreachable, or the id is free).
  virtual std::optional<BestPath> best(DestinationId destination) const = 0;
  /// Every path that is equal to the best one up to the multipath limits (RFC 4271 §9.1.2.2 down to
  /// the IGP cost), the best first. Appends to `paths`.
  virtual void multipath(DestinationId destination, std::vector<BestPath>& paths) const = 0;
  /// The prefix of a destination that a journal or a walk gave.
  virtual net::Prefix prefix(DestinationId destination) const = 0;
  /// Its whole key.
  virtual net::RouteKey key(DestinationId destination) const = 0;
  /// The destination of a key of this family; kNoDestination: it has no row.
  virtual DestinationId find(const net::RouteKey& key) const = 0;
  /// Sequence number of the last change; 0: never.
  virtual Sequence last_change(DestinationId destination) const = 0;
  /// One past the highest destination id: walk 0 .. capacity() - 1.
  virtual std::uint32_t capacity() const = 0;
  /// Destinations without a path whose ids are kept only because not every consumer has come past
  /// their last change.
  virtual std::size_t kept_rows() const = 0;
  virtual Journal& journal() = 0;
};

}  // namespace pipit::rib
