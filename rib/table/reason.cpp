#include "rib/table/reason.hpp"

#include <array>

namespace pipit::rib {

namespace {

struct Row {
  Reason reason;
  std::string_view name;
  std::string_view words;
};

constexpr std::array kRows{
    Row{Reason::None, "best", ""},
    Row{Reason::Undecided, "undecided", "not decided yet"},
    Row{Reason::FirstAs, "first-as",
        "AS_PATH does not begin with the neighbor's AS (RFC 4271 §6.3)"},
    Row{Reason::AsSet, "as-set", "AS_SET in AS_PATH (RFC 9774 §3)"},
    Row{Reason::UnwantedAttribute, "unwanted-attribute",
        "has an attribute that is treated as withdraw"},
    Row{Reason::OwnAs, "own-as", "own AS in AS_PATH (RFC 4271 §9.1.2)"},
    Row{Reason::OwnOriginatorId, "own-originator-id", "own ORIGINATOR_ID (RFC 4456 §8)"},
    Row{Reason::OwnClusterId, "own-cluster-id", "own cluster in CLUSTER_LIST (RFC 4456 §8)"},
    Row{Reason::InvalidNextHop, "invalid-next-hop", "NEXT_HOP is no host (RFC 4271 §6.3)"},
    Row{Reason::RejectedByPolicy, "rejected-by-policy", "rejected by import policy"},
    Row{Reason::NoPolicy, "no-policy", "eBGP neighbor without import policy (RFC 8212)"},
    Row{Reason::NextHopUnresolved, "next-hop-unresolved", "no route to next hop"},
    Row{Reason::NextHopOwnAddress, "next-hop-own-address", "next hop is an address of ours"},
    Row{Reason::NextHopNotShared, "next-hop-not-shared", "next hop not on a shared subnet"},
    Row{Reason::LocalRoute, "local-route", "a local route is preferred"},
    Row{Reason::Weight, "weight", "lower weight, which policy of this router gave"},
    Row{Reason::LocalPreference, "local-preference", "lower LOCAL_PREF (RFC 4271 §9.1.1)"},
    Row{Reason::AsPathLength, "as-path-length", "longer AS_PATH (RFC 4271 §9.1.2.2 a)"},
    Row{Reason::Origin, "origin", "worse ORIGIN (RFC 4271 §9.1.2.2 b)"},
    Row{Reason::Med, "med", "higher MULTI_EXIT_DISC (RFC 4271 §9.1.2.2 c)"},
    Row{Reason::External, "external", "eBGP preferred over iBGP (RFC 4271 §9.1.2.2 d)"},
    Row{Reason::IgpCost, "igp-cost", "higher cost to next hop (RFC 4271 §9.1.2.2 e)"},
    Row{Reason::Age, "age", "newer than another external path"},
    Row{Reason::RouterId, "router-id", "higher router id (RFC 4271 §9.1.2.2 f, RFC 4456 §9)"},
    Row{Reason::ClusterListLength, "cluster-list-length", "longer CLUSTER_LIST (RFC 4456 §9)"},
    Row{Reason::NeighborAddress, "neighbor-address",
        "higher neighbor address (RFC 4271 §9.1.2.2 g)"},
    Row{Reason::PathId, "path-id", "higher path identifier"},
};

constexpr bool rows_are_in_order() {
  for (std::size_t i = 0; i < kRows.size(); ++i) {
    if (kRows[i].reason != static_cast<Reason>(i)) {
      return false;
    }
  }
  return kRows.size() == static_cast<std::size_t>(Reason::PathId) + 1;
}

static_assert(rows_are_in_order());

}  // namespace

std::string_view name_of(Reason reason) {
  return kRows[static_cast<std::size_t>(reason)].name;
}

std::string_view section_of(Reason reason) {
  const std::string_view words = describe(reason);
  const std::size_t open = words.find("(RFC ");
  return open == std::string_view::npos ? "" : words.substr(open + 1, words.size() - open - 2);
}

std::string_view describe(Reason reason) {
  return kRows[static_cast<std::size_t>(reason)].words;
}

}  // namespace pipit::rib
