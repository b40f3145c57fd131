// The decision process of one destination (RFC 4271 §9.1.2.2, RFC 4456 §9): a table of steps, each
// of which eliminates candidates and is the reason that they lost.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "net/address.hpp"
#include "rib/options.hpp"
#include "rib/store/attribute_store.hpp"
#include "rib/table/reason.hpp"
#include "rib/table/source.hpp"

namespace pipit::rib {

/// What an unresolved next hop costs where it may be used: more than any other.
inline constexpr std::uint32_t kUnresolvedCost = 0xffffffff;

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
  std::uint32_t lost_to = 0;   // the path that was better at that step; only when it lost
};

struct DecisionStep {
  Reason reason;
  std::string_view name;
  std::strong_ordering (*compare)(const Candidate& a, const Candidate& b);  // less: better
  bool (*applies)(const BestPathOptions& options);
  /// What it compares of a candidate, in words; `now` on the clock of changed_at.
  std::string (*value)(const Candidate& candidate, std::uint32_t now);
};

/// All steps in order.
std::span<const DecisionStep> decision_steps();

/// The step that makes a candidate lose for this reason; nullptr when the reason is none of them.
const DecisionStep* decision_step(Reason reason);

/// Orders the candidates: the best one first, then those that are equal to it down to the IGP cost,
/// in a fixed order that does not depend on the order they came in, then the rest. Sets `lost` of
/// each. Returns how many are equal down to the IGP cost, the best one included; 0 when there is
/// none.
std::size_t decide(std::span<Candidate> candidates, const BestPathOptions& options);

}  // namespace pipit::rib
