#include "rib/table/reason.hpp"

#include <array>

namespace pipit::rib {

namespace {

struct ReasonWords {
  Reason reason;
  std::string_view name;
  std::string_view words;
};

constexpr std::array kReasons{
    ReasonWords{Reason::None, "best", ""},
    ReasonWords{Reason::Undecided, "undecided", "not decided yet"},
    ReasonWords{Reason::FirstAs, "first-as",
                "AS_PATH does not begin with the neighbor's AS (RFC 4271 §6.3)"},
    ReasonWords{Reason::AsSet, "as-set", "AS_SET in AS_PATH (RFC 9774 §3)"},
    ReasonWords{Reason::UnwantedAttribute, "unwanted-attribute",
                "has an attribute that is treated as withdraw"},
    ReasonWords{Reason::OwnAs, "own-as", "own AS in AS_PATH (RFC 4271 §9.1.2)"},
    ReasonWords{Reason::OwnOriginatorId, "own-originator-id", "own ORIGINATOR_ID (RFC 4456 §8)"},
    ReasonWords{Reason::OwnClusterId, "own-cluster-id",
                "own cluster in CLUSTER_LIST (RFC 4456 §8)"},
    ReasonWords{Reason::InvalidNextHop, "invalid-next-hop", "NEXT_HOP is no host (RFC 4271 §6.3)"},
    ReasonWords{Reason::RejectedByPolicy, "rejected-by-policy", "rejected by import policy"},
    ReasonWords{Reason::NoPolicy, "no-policy", "eBGP neighbor without import policy (RFC 8212)"},
    ReasonWords{Reason::NextHopUnresolved, "next-hop-unresolved", "no route to next hop"},
    ReasonWords{Reason::NextHopOwnAddress, "next-hop-own-address",
                "next hop is an address of ours"},
    ReasonWords{Reason::NextHopNotShared, "next-hop-not-shared", "next hop not on a shared subnet"},
    ReasonWords{Reason::LocalRoute, "local-route", "a local route is preferred"},
    ReasonWords{Reason::Weight, "weight", "lower weight, which policy of this router gave"},
    ReasonWords{Reason::LocalPreference, "local-preference", "lower LOCAL_PREF (RFC 4271 §9.1.1)"},
    ReasonWords{Reason::AsPathLength, "as-path-length", "longer AS_PATH (RFC 4271 §9.1.2.2 a)"},
    ReasonWords{Reason::Origin, "origin", "worse ORIGIN (RFC 4271 §9.1.2.2 b)"},
    ReasonWords{Reason::Med, "med", "higher MULTI_EXIT_DISC (RFC 4271 §9.1.2.2 c)"},
    ReasonWords{Reason::External, "external", "eBGP preferred over iBGP (RFC 4271 §9.1.2.2 d)"},
    ReasonWords{Reason::IgpCost, "igp-cost", "higher cost to next hop (RFC 4271 §9.1.2.2 e)"},
    ReasonWords{Reason::Age, "age", "newer than another external path"},
    ReasonWords{Reason::RouterId, "router-id",
                "higher router id (RFC 4271 §9.1.2.2 f, RFC 4456 §9)"},
    ReasonWords{Reason::ClusterListLength, "cluster-list-length",
                "longer CLUSTER_LIST (RFC 4456 §9)"},
    ReasonWords{Reason::NeighborAddress, "neighbor-address",
                "higher neighbor address (RFC 4271 §9.1.2.2 g)"},
    ReasonWords{Reason::PathId, "path-id", "higher path identifier"},
};

constexpr bool reasons_are_in_order() {
  for (std::size_t i = 0; i < kReasons.size(); ++i) {
    if (kReasons[i].reason != static_cast<Reason>(i)) {
      return false;
    }
  }
  return kReasons.size() == static_cast<std::size_t>(Reason::PathId) + 1;
}

static_assert(reasons_are_in_order());

}  // namespace

std::string_view name_of(Reason reason) {
  return kReasons[static_cast<std::size_t>(reason)].name;
}

std::string_view section_of(Reason reason) {
  const std::string_view words = describe(reason);
  const std::size_t open = words.find("(RFC ");
  return open == std::string_view::npos ? "" : words.substr(open + 1, words.size() - open - 2);
}

std::string_view describe(Reason reason) {
  return kReasons[static_cast<std::size_t>(reason)].words;
}

}  // namespace pipit::rib
