// One NLRI of the families with a prefix (RFC 4271 §4.3), with its Path Identifier where ADD-PATH
// is on (RFC 7911), and the codec of lists of them.
#pragma once

#include <compare>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "net/address.hpp"
#include "net/bytes.hpp"

namespace pipit::bgp {

struct Nlri {
  net::Prefix prefix;
  std::uint32_t path_id = 0;

  friend auto operator<=>(const Nlri&, const Nlri&) = default;
};

/// Appends all NLRI of `field` to `out`; bits after a prefix length are masked off. False when the
/// field is malformed (RFC 7606 §5.3: a length beyond the family's, or octets missing).
bool decode_nlri(net::ByteView field, net::Afi afi, bool add_path, std::vector<Nlri>& out);

/// How many NLRI from the start of a list fit, and the octets that they take.
struct NlriFit {
  std::size_t count = 0;
  std::size_t octets = 0;
};

NlriFit fit_nlri(std::span<const Nlri> nlri, bool add_path, std::size_t room);

/// Appends `nlri`; `octets` is what fit_nlri() said of exactly these.
void encode_nlri(std::span<const Nlri> nlri, bool add_path, std::size_t octets, net::Bytes& out);

}  // namespace pipit::bgp
