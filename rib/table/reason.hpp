// Why a path is not the best one: what import found, why its next hop is no good, or the step of
// the decision process at which it lost. Kept in each path, printed by `show routes` and `explain`.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace pipit::rib {

enum class Reason : std::uint8_t {
  None,       // it is the best path
  Undecided,  // the decision process has not seen it yet
  // Not eligible since import:
  FirstAs,
  AsSet,
  UnwantedAttribute,
  OwnAs,
  OwnOriginatorId,
  OwnClusterId,
  InvalidNextHop,
  RejectedByPolicy,
  NoPolicy,
  // Not eligible for now:
  NextHopUnresolved,
  NextHopOwnAddress,
  NextHopNotShared,
  // Lost at a step of the decision process, in the order of the steps:
  LocalRoute,
  Weight,
  LocalPreference,
  AsPathLength,
  Origin,
  Med,
  External,
  IgpCost,
  Age,
  RouterId,
  ClusterListLength,
  NeighborAddress,
  PathId,
};

/// How many reasons import has to refuse a route before policy, and the place of one among them.
inline constexpr std::size_t kRefusals = static_cast<std::size_t>(Reason::InvalidNextHop) -
                                         static_cast<std::size_t>(Reason::FirstAs) + 1;

constexpr std::size_t refusal_index(Reason reason) {
  return static_cast<std::size_t>(reason) - static_cast<std::size_t>(Reason::FirstAs);
}

constexpr Reason refusal(std::size_t index) {
  return static_cast<Reason>(static_cast<std::size_t>(Reason::FirstAs) + index);
}

/// True when the path cannot become best whatever else there is.
constexpr bool ineligible(Reason reason) {
  return reason >= Reason::FirstAs && reason <= Reason::NextHopNotShared;
}

/// A short name in kebab case for JSON: "as-path-length".
std::string_view name_of(Reason reason);
/// The section that says so: "RFC 4271 §9.1.2.2 a"; empty when no RFC does.
std::string_view section_of(Reason reason);
/// In words, with the RFC section where there is one: "longer AS_PATH (RFC 4271 §9.1.2.2 a)". Empty
/// for None.
std::string_view describe(Reason reason);

}  // namespace pipit::rib
