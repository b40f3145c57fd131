// Walks over attributes in the canonical form of AttributesView::unknown.
#pragma once

#include "bgp/wire/attribute_table.hpp"

namespace pipit::bgp {

/// Takes one whole attribute after the other off `rest`, which must be of canonical form.
struct UnknownAttributes {
  net::ByteView rest;

  bool empty() const { return rest.size() < 3; }

  /// Of the next one.
  std::uint8_t code() const { return rest[1]; }

  bool precedes(std::size_t other) const { return !empty() && code() < other; }

  net::ByteView take() {
    net::ByteReader reader(rest);
    const bool wide = (reader.u8() & kExtendedLength) != 0;
    reader.u8();
    reader.take(wide ? reader.u16() : reader.u8());
    const net::ByteView whole = rest.first(rest.size() - reader.remaining());
    rest = reader.rest();
    return whole;
  }
};

}  // namespace pipit::bgp
