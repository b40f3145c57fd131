#include "bgp/wire/family_table.hpp"

#include <algorithm>

#include "bgp/wire/nlri_codecs.hpp"

namespace pipit::bgp {
namespace {

constexpr std::size_t kDistinguisher = net::RouteDistinguisher::kSize;
constexpr std::size_t kPathIdAndLength = 5;

constexpr std::array<FamilyRow, net::kFamilyCount> kTable{{
    {.family = net::kIpv4Unicast,
     .nlri = {decode_ipv4, fit_prefixes, encode_prefixes, kPathIdAndLength + 4},
     .address_octets = 4,
     .outside_mp = true,
     .kernel = true,
     .next_hop_octets = {4, 0}},
    {.family = net::kIpv6Unicast,
     .nlri = {decode_ipv6, fit_prefixes, encode_prefixes, kPathIdAndLength + 16},
     .address_octets = 16,
     .kernel = true,
     .next_hop_octets = {16, 32}},
    {.family = net::kIpv4Vpn,
     .nlri = {decode_ipv4_vpn, fit_vpn, encode_vpn, kPathIdAndLength + kVpnSize + 4},
     .address_octets = 4,
     .distinguisher_octets = kDistinguisher,
     .labelled = true,
     .next_hop_octets = {kDistinguisher + 4, 0}},
    {.family = net::kIpv6Vpn,
     .nlri = {decode_ipv6_vpn, fit_vpn, encode_vpn, kPathIdAndLength + kVpnSize + 16},
     .address_octets = 16,
     .distinguisher_octets = kDistinguisher,
     .labelled = true,
     .next_hop_octets = {kDistinguisher + 16, 2 * (kDistinguisher + 16)}},
}};

static_assert(std::ranges::equal(kTable, net::kFamilies, {}, &FamilyRow::family));

}  // namespace

const FamilyRow& family_row(net::Family family) {
  return kTable[*net::family_index(family)];
}

}  // namespace pipit::bgp
