#include "config/foreign_words.hpp"

#include <array>

#include "config/suggest.hpp"

namespace pipit::config {
namespace {

/// Words of FRR and Cisco, BIRD, Junos, OpenBGPD and GoBGP that mean the same, between blanks and
/// folded; and what completes "here that is ...".
struct ForeignWords {
  std::string_view words;
  std::string_view here;
};

constexpr std::array<ForeignWords, 63> kKeys{{
    // Sessions
    {" remote-as peer-as remote-asn peer-asn ", "\"asn\" of the neighbor"},
    {" local-as as autonomous-system as-number ", "\"asn\" of \"router\""},
    {" bgp-router-id routerid router-identifier bgp-id ", "\"id\" of \"router\""},
    {" update-source source-address source local-ip ", "\"local-address\" of the neighbor"},
    {" ebgp-multihop disable-connected-check ttl hop-limit ", "\"multihop\" of the neighbor"},
    {" ttl-security-hops gtsm ", "\"ttl-security\" of the neighbor, with a number of hops"},
    {" authentication-key md5 tcp-md5 md5-password auth-password tcp-md5sig ",
     "\"password\" or \"password-file\" of the neighbor"},
    {" peer-group template peer-template inherit extends ",
     "\"group\" of the neighbor; groups stand in \"groups\""},
    {" peer-groups templates ", "\"groups\""},
    {" peers neighbours bgp protocol protocols ", "\"neighbors\", each with a name of its own"},
    {" peer-address remote-address neighbor-address remote-ip peer-ip ",
     "\"address\" of the neighbor"},
    {" hold-time holdtime hold-timer ", "\"hold\" in \"timers\" of the neighbor"},
    {" keepalive-time keepalive-interval keepalive-timer ",
     "\"keepalive\" in \"timers\" of the neighbor"},
    {" connect-retry-time connect-delay-time connect-timer connect ",
     "\"connect-retry\" in \"timers\" of the neighbor"},
    {" address-family afi-safi afi-safis family channels ", "\"families\" of the neighbor"},
    {" ipv4 inet inet-unicast ip ", "\"ipv4-unicast\""},
    {" ipv6 inet6 inet6-unicast ", "\"ipv6-unicast\""},
    {" disable disabled enabled admin-state admin-down ", "\"shutdown\" of the neighbor"},
    {" passive-mode transport-passive ", "\"passive\" of the neighbor"},
    {" remote-port neighbor-port peer-port ", "\"port\" of the neighbor"},
    {" listen-address listen-on bind local-port ", "\"listen\", a list of addresses with ports"},
    // Options about the routes of a session
    {" maximum-prefix max-prefix maximum-prefixes prefix-limit import-limit receive-limit "
     "accepted-prefix-limit ",
     "\"max-prefixes\" of the neighbor's family, in \"families\""},
    {" allowas-in allow-as-in allow-local-as loops as-loops ", "\"allow-own-as\" of the neighbor"},
    {" nexthop-self self next-hop-self-all ", "\"next-hop-self\" of the neighbor"},
    {" next-hop-unchanged attribute-unchanged ", "\"next-hop-self: unchanged\""},
    {" rr-client reflector-client route-reflector ", "\"route-reflector-client\" of the neighbor"},
    {" cluster rr-cluster-id bgp-cluster-id ", "\"cluster-id\""},
    {" send-community send-communities ",
     "not needed: communities are always sent, unless an export policy removes them"},
    {" soft-reconfiguration import-table adj-rib-in ",
     "not needed: what neighbors sent is always kept, and a reload runs import policy over it "
     "again"},
    {" route-map-in import-policy import-filter input-policy ",
     "\"import\" of the neighbor, which names policies"},
    {" route-map-out export-policy export-filter output-policy ",
     "\"export\" of the neighbor, which names policies"},
    {" prefix-list filter-list distribute-list route-map filter apply-policy ",
     "\"import\" or \"export\" of the neighbor, which name \"policies\"; these match \"sets\""},
    {" ebgp-requires-policy ", "\"default-policy\" of \"router\": rfc8212 or open"},
    {" maximum-paths max-paths ecmp multipaths merge-paths ", "\"multipath\" of \"router\""},
    {" bestpath path-selection best-path-selection ", "\"best-path\" of \"router\""},
    {" as-path-multipath-relax bestpath-as-path-multipath-relax multiple-as ",
     "\"multipath-relax\" in \"best-path\" of \"router\""},
    {" prefer-older ignore-router-id ", "\"compare-router-id: false\" in \"best-path\""},
    // Where routes come from and go to
    {" redistribute ",
     "\"kernel.import\" for which kernel routes come in, and \"source\" in \"match\" of export "
     "policies for who gets them"},
    {" network networks static static-routes routes aggregate-address announce generate ",
     "\"originate\", a list of prefixes"},
    {" router-options routing-options global ", "\"router\""},
    {" fib zebra table-map kernel-export export-to-kernel ", "\"kernel.export\""},
    {" learn persist device direct ", "\"kernel.import\", a list of rules"},
    {" pref-src prefsrc krt-prefsrc ", "\"preferred-source\" of \"kernel.export\""},
    {" krt-metric priority distance administrative-distance ",
     "\"metric\" of \"kernel.export\", or \"kernel-metric\" that its policy sets"},
    {" rib table-id vrf ", "\"table\" of \"kernel.export\" or of a rule of \"kernel.import\""},
    // Policies
    {" route-maps policy-statement policy-statements policy-options filters "
     "policy-definitions ",
     "\"policies\", each a list of rules with \"match\", \"set\" and \"then\""},
    {" prefix-lists prefix-set prefix-sets route-filter ", "\"prefixes\" in \"sets\""},
    {" community-list community-set community-sets large-community-list extcommunity-list ",
     "\"communities\" in \"sets\""},
    {" as-path-list as-path-set as-path-sets as-path-group as-path-access-list ",
     "\"as-paths\" in \"sets\", or \"as-numbers\""},
    {" defined-sets ", "\"sets\""},
    {" from if conditions condition ", "\"match\" of the rule"},
    {" actions modify apply ", "\"set\" of the rule"},
    {" action permit deny accept reject verdict ", "\"then\" of the rule: accept or reject"},
    {" goto on-match continue ", "\"then: next-rule\", which is also what happens without it"},
    {" local-pref localpref bgp-local-pref ",
     "\"local-preference\" in \"match\" or \"set\" of a rule"},
    {" bgp-med multi-exit-disc metric-out ", "\"med\" in \"match\" or \"set\" of a rule"},
    {" as-path-prepend prepend bgp-path-prepend ",
     "\"as-path: {prepend: N}\" in \"set\" of a rule"},
    {" community large-community extcommunity ext-community bgp-community bgp-large-community "
     "comm-list ",
     "\"communities\", with \"add\", \"remove\" or \"replace\" where it is set"},
    {" nexthop bgp-next-hop ip-next-hop ipv6-next-hop ", "\"next-hop\""},
    {" bgp-path aspath ", "\"as-path\""},
    {" bgp-origin ", "\"origin\""},
    {" route-type protocol-type from-protocol ", "\"source\" in \"match\" of a rule"},
    {" remove-private-as-all ", "\"as-path: {remove-private: true}\" in \"set\" of a rule"},
}};

}  // namespace

std::string foreign_key(std::string_view word) {
  constexpr std::size_t kLongest = 40;  // no word of the table is longer, and none holds a blank
  if (word.empty() || word.size() > kLongest) {
    return {};
  }
  const std::string wanted = ' ' + folded(word) + ' ';
  for (const ForeignWords& row : kKeys) {
    if (row.words.find(wanted) != std::string_view::npos) {
      return ": here that is " + std::string(row.here);
    }
  }
  return {};
}

}  // namespace pipit::config
