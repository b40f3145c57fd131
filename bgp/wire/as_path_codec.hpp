// AS_PATH between the wire, where AS numbers may have two octets, and its canonical form (RFC
// 6793). Inner face of the UPDATE codec.
#pragma once

#include <cstddef>
#include <string_view>

#include "net/bytes.hpp"

namespace pipit::bgp {

/// Confederation segments (RFC 5065). In AS_PATH they are an error: this router is in no
/// confederation, so no neighbor of it is in the same one. Of AS4_PATH they are left out (RFC 6793
/// §6).
enum class ConfederationSegments { Reject, Drop };

/// Appends the canonical form of a path whose AS numbers have `width` (2 or 4) octets. Returns what
/// is wrong with it, else nothing; `out` is undefined after an error.
std::string_view canonical_as_path(net::ByteView value,
                                   std::size_t width,
                                   ConfederationSegments confederation,
                                   net::Bytes& out);

/// Rebuilds the path out of AS_PATH and AS4_PATH of a 2-octet speaker, both canonical (RFC 6793
/// §4.2.3). An AS4_PATH longer than the AS_PATH is ignored.
void merge_as4_path(net::Bytes& as_path, net::ByteView as4_path);

/// Appends a canonical path with 2-octet AS numbers; those that need four become AS_TRANS.
void narrow_as_path(net::ByteView path, net::Bytes& out);

/// True when a segment that AS4_PATH may hold has an AS number that needs four octets.
bool needs_as4_path(net::ByteView path);

/// Appends a canonical path without its confederation segments (RFC 6793 §3).
void strip_confederation(net::ByteView path, net::Bytes& out);

}  // namespace pipit::bgp
