// The codecs of NLRI that the rows of the family table point to; see NlriCodec for what each does.
#pragma once

#include "bgp/wire/nlri.hpp"

namespace pipit::bgp {

// Prefixes (RFC 4271 §4.3).
bool decode_ipv4(net::ByteView field, bool add_path, NlriUse use, NlriList& out);
bool decode_ipv6(net::ByteView field, bool add_path, NlriUse use, NlriList& out);
NlriFit fit_prefixes(const NlriView& nlri, bool add_path, std::size_t room);
void encode_prefixes(
    const NlriView& nlri, bool add_path, NlriUse use, std::size_t octets, net::Bytes& out);

// Label, Route Distinguisher and prefix (RFC 4364 §4.3.4, RFC 4659 §2, RFC 8277 §2).
bool decode_ipv4_vpn(net::ByteView field, bool add_path, NlriUse use, NlriList& out);
bool decode_ipv6_vpn(net::ByteView field, bool add_path, NlriUse use, NlriList& out);
NlriFit fit_vpn(const NlriView& nlri, bool add_path, std::size_t room);
void encode_vpn(
    const NlriView& nlri, bool add_path, NlriUse use, std::size_t octets, net::Bytes& out);

/// In front of the prefix of a VPN family, and counted in its length: a label and a Route
/// Distinguisher.
inline constexpr std::size_t kLabelSize = 3;
inline constexpr std::size_t kVpnSize = kLabelSize + net::RouteDistinguisher::kSize;

}  // namespace pipit::bgp
