// What is shown of routes, next hops and the kernel's routes.
#pragma once

#include <array>

#include "control/protocol/field.hpp"

namespace pipit::control::shown {

inline constexpr std::array kAggregatorFields{
    rows::number("asn", ""),
    rows::address("address", ""),
};
inline constexpr Record kAggregator{"An AGGREGATOR", kAggregatorFields};

inline constexpr std::array kUnknownAttributeFields{
    rows::number("code", ""),
    rows::number("flags", ""),
    rows::hex("data", ""),
};
inline constexpr Record kUnknownAttribute{"An attribute that this build knows no name for",
                                          kUnknownAttributeFields};

inline constexpr std::array kAttributesFields{
    rows::address("next_hop", "null: this router itself").or_null(),
    rows::address("link_local_next_hop", "beside the other; left out where there is none")
        .or_absent(),
    rows::number("label", "of MPLS, of VPN families (RFC 8277); left out in others").or_absent(),
    rows::text("as_path", "`64512 {65001,65002}`"),
    rows::number("as_path_list", "all its numbers").list(),
    rows::word("origin", "igp|egp|incomplete", ""),
    rows::number("med", "null: none").or_null(),
    rows::number("local_preference", "null: none").or_null(),
    rows::flag("atomic_aggregate", ""),
    rows::record("aggregator", kAggregator, "null: none").or_null(),
    rows::text("communities", "`64512:100`, `no-export`").list(),
    rows::text("large_communities", "`64512:1:2`").list(),
    rows::text("extended_communities", "`rt:64512:7`").list(),
    rows::address("originator_id", "RFC 4456; null: none").or_null(),
    rows::address("cluster_list", "RFC 4456").list(),
    rows::record("unknown_attributes", kUnknownAttribute, "").list(),
};
inline constexpr Record kAttributes{"Attributes of a path", kAttributesFields};

inline constexpr std::array kRejectionFields{
    rows::word("stage",
               "first-as|as-sets|treat-as-withdraw|own-as|own-originator-id|own-cluster-id|"
               "next-hop-host|import-policy",
               "as of a step of `explain` with `from`"),
    rows::text("text", "with the values that were looked at"),
    rows::text("section", "of an RFC; null: none").or_null(),
    rows::text("policy", "that rejected; null: it was no policy").or_null(),
    rows::number("number", "of its rule, from 1; null: no rule").or_null(),
    rows::text("place", "of the rule: `pipitd.yaml:12`; null: no rule").or_null(),
};
inline constexpr Record kRejection{"What refused a path at import", kRejectionFields};

inline constexpr std::array kRouteKeyFields{
    rows::prefix("prefix", ""),
    rows::text("rd",
               "route distinguisher, of VPN families (RFC 4364): `65000:1`; left out in others")
        .or_absent(),
};
inline constexpr Record kRouteKey{"What a route leads to", kRouteKeyFields};

inline constexpr std::array kRouteFields{
    rows::fields_of(kRouteKey),
    rows::family("family", ""),
    rows::flag("best", "the best path of its destination"),
    rows::flag("multipath", "used beside the best one"),
    rows::flag("valid", "fit for the decision process"),
    rows::flag("stale", "kept of a session that is down"),
    rows::text("source", "the neighbor's name, `kernel` or `originate`"),
    rows::word("source_kind", "bgp|kernel|connected|originate", ""),
    rows::fields_of(kAttributes),
    rows::number("path_id", "RFC 7911; 0: none"),
    rows::seconds("age_seconds", "since it last changed; null: not known").or_null(),
    rows::text("reason", "why it isn't the best, isn't valid or was rejected; empty for the best"),
    rows::record("rejected_by",
                 kRejection,
                 "only of paths that import did not accept, shown by `rejected` or `received`; "
                 "left out where import would accept it by now")
        .or_absent(),
};
inline constexpr Record kRoute{"A path", kRouteFields};

inline constexpr std::array kHopFields{
    rows::address("gateway", "null: directly on the interface").or_null(),
    rows::text("interface", ""),
    rows::flag("onlink", ""),
};
inline constexpr Record kHop{"A hop that packets leave through", kHopFields};

inline constexpr std::array kKernelRouteFields{
    rows::prefix("prefix", ""),
    rows::family("family", ""),
    rows::word("direction", "imported|exported", ""),
    rows::word("state", "installed|pending|failed", ""),
    rows::number("table", "of the kernel"),
    rows::text("protocol", "rtnetlink's name or number"),
    rows::number("metric", ""),
    rows::address("preferred_source", "null: none").or_null(),
    rows::word("type", "unicast|blackhole|unreachable|prohibit|throw|connected", ""),
    rows::record("hops", kHop, "none of a blackhole and the like").list(),
    rows::text("error", "of the last attempt"),
};
inline constexpr Record kKernelRoute{"A route between the kernel and the RIB", kKernelRouteFields};

inline constexpr std::array kNextHopFields{
    rows::address("address", ""),
    rows::flag("reachable", ""),
    rows::flag("connected", "on a network of ours"),
    rows::number("cost", "IGP cost"),
    rows::prefix("via", "the route that resolves it; null: none").or_null(),
    rows::record("hops", kHop, "").list(),
};
inline constexpr Record kNextHop{"A next hop of BGP routes and how it resolves", kNextHopFields};

}  // namespace pipit::control::shown
