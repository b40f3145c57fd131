#include "bgp/wire/as_path_codec.hpp"

#include <algorithm>

#include "bgp/wire/as_path.hpp"
#include "bgp/wire/attributes.hpp"

namespace pipit::bgp {
namespace {

bool has_zero(net::ByteView asns, std::size_t width) {
  net::ByteReader reader(asns);
  while (!reader.empty()) {
    if ((width == 4 ? reader.u32() : reader.u16()) == 0) {
      return true;
    }
  }
  return false;
}

/// Appends a segment, or lengthens the last one at `last` where both are sequences and fit.
void append_merged(const AsSegment& segment, std::size_t last, net::Bytes& out) {
  const bool sequence = segment.type == SegmentType::AsSequence;
  if (last < out.size() && sequence &&
      out[last] == static_cast<std::uint8_t>(SegmentType::AsSequence) &&
      out[last + 1] + segment.count() <= kMaxSegment) {
    out[last + 1] = static_cast<std::uint8_t>(out[last + 1] + segment.count());
  } else {
    out.push_back(static_cast<std::uint8_t>(segment.type));
    out.push_back(static_cast<std::uint8_t>(segment.count()));
  }
  out.insert(out.end(), segment.octets.begin(), segment.octets.end());
}

}  // namespace

std::string_view canonical_as_path(net::ByteView value,
                                   std::size_t width,
                                   ConfederationSegments confederation,
                                   net::Bytes& out) {
  net::ByteReader reader(value);
  while (!reader.empty()) {
    const std::uint8_t type = reader.u8();
    const std::uint8_t count = reader.u8();
    const net::ByteView asns = reader.take(count * width);
    if (type < static_cast<std::uint8_t>(SegmentType::AsSet) ||
        type > static_cast<std::uint8_t>(SegmentType::ConfedSet)) {
      return "unknown segment type";
    }
    if (!reader.ok()) {
      return "segment runs past the end";
    }
    if (count == 0) {
      return "empty segment";
    }
    if (has_zero(asns, width)) {
      return "AS 0 (RFC 7607)";
    }
    if (AsSegment{static_cast<SegmentType>(type), {}}.confederation()) {
      if (confederation == ConfederationSegments::Reject) {
        return "confederation segment from outside of a confederation (RFC 5065 5)";
      }
      continue;
    }
    out.push_back(type);
    out.push_back(count);
    if (width == 4) {
      out.insert(out.end(), asns.begin(), asns.end());
      continue;
    }
    net::ByteReader narrow(asns);
    while (!narrow.empty()) {
      net::ByteWriter(out).u32(narrow.u16());
    }
  }
  return {};
}

void merge_as4_path(net::Bytes& as_path, net::ByteView as4_path) {
  const std::uint32_t length = AsPathView(as_path).length();
  const std::uint32_t length4 = AsPathView(as4_path).length();
  if (length4 > length || as4_path.empty()) {
    return;
  }
  std::size_t keep = length - length4;
  net::Bytes merged;
  std::size_t last = 0;
  net::ByteReader reader(as_path);
  while (keep != 0) {
    auto segment = next_segment(reader);
    if (!segment) {
      break;
    }
    const bool sequence = segment->type == SegmentType::AsSequence;
    const std::size_t taken = sequence ? std::min(keep, segment->count()) : 1;
    if (sequence) {
      segment->octets = segment->octets.first(4 * taken);
    }
    keep -= taken;
    last = merged.size();
    append_merged(*segment, merged.size(), merged);
  }
  net::ByteReader reader4(as4_path);
  while (const auto segment = next_segment(reader4)) {
    append_merged(*segment, last, merged);
    last = merged.size();  // only the seam between both paths is closed
  }
  as_path = std::move(merged);
}

void narrow_as_path(net::ByteView path, net::Bytes& out) {
  net::ByteWriter writer(out);
  net::ByteReader reader(path);
  while (const auto segment = next_segment(reader)) {
    writer.u8(static_cast<std::uint8_t>(segment->type));
    writer.u8(static_cast<std::uint8_t>(segment->count()));
    for (std::size_t i = 0; i < segment->count(); ++i) {
      const std::uint32_t asn = (*segment)[i];
      writer.u16(static_cast<std::uint16_t>(asn > 0xffff ? kAsTrans : asn));
    }
  }
}

bool needs_as4_path(net::ByteView path) {
  net::ByteReader reader(path);
  while (const auto segment = next_segment(reader)) {
    for (std::size_t i = 0; i < segment->count(); ++i) {
      if ((*segment)[i] > 0xffff && !segment->confederation()) {
        return true;
      }
    }
  }
  return false;
}

void strip_confederation(net::ByteView path, net::Bytes& out) {
  net::ByteReader reader(path);
  while (const auto segment = next_segment(reader)) {
    if (!segment->confederation()) {
      append_merged(*segment, out.size(), out);
    }
  }
}

}  // namespace pipit::bgp
