// The decision process of one destination (RFC 4271 §9.1.2.2, RFC 4456 §9): a table of steps, each
// of which eliminates candidates and is the reason that they lost.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

#include "net/address.hpp"
#include "rib/attribute_store.hpp"
#include "rib/options.hpp"
#include "rib/reason.hpp"
#include "rib/source.hpp"

namespace pipit::rib {

/// An eligible path with all that the steps read.
struct Candidate {
  AttributeStore::Facts facts;
  AttributeHandle attributes = AttributeHandle::None;
  std::uint32_t path = 0;  // slot in the table
  std::uint32_t igp_cost = 0;
  std::uint32_t changed_at = 0;  // seconds
  std::uint32_t router_id = 0;   // ORIGINATOR_ID, else the neighbor's
  std::uint32_t path_id = 0;
  SourceId source = kNoSource;
  std::uint8_t local_rank = 0;  // 0: originated, 1: kernel, 2: BGP
  bool external = false;
  net::IpAddress neighbor;
  Reason lost = Reason::None;  // the result: None for the best one
};

struct DecisionStep {
  Reason reason;
  std::string_view name;
  std::strong_ordering (*compare)(const Candidate& a, const Candidate& b);  // less: better
  bool (*applies)(const BestPathOptions& options);
};

/// All steps in order.
std::span<const DecisionStep> decision_steps();

/// Orders the candidates: the best one first, then those that are equal to it down to the IGP cost,
/// in a fixed order that does not depend on the order they came in, then the rest. Sets `lost` of
/// each. Returns how many are equal down to the IGP cost, the best one included; 0 when there is
/// none.
std::size_t decide(std::span<Candidate> candidates, const BestPathOptions& options);

}  // namespace pipit::rib
