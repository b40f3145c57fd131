#include "bgp/wire/as_path.hpp"

#include <algorithm>
#include <array>
#include <charconv>

#include <fmt/format.h>

namespace pipit::bgp {
namespace {

/// How a kind of segment is written.
struct Notation {
  SegmentType type;
  std::string_view open;
  char separator;
  std::string_view close;
};

constexpr std::array<Notation, 4> kNotations{{
    {SegmentType::AsSet, "{", ',', "}"},
    {SegmentType::AsSequence, "", ' ', ""},
    {SegmentType::ConfedSequence, "(", ' ', ")"},
    {SegmentType::ConfedSet, "[", ',', "]"},
}};

const Notation& notation(SegmentType type) {
  return kNotations[static_cast<std::size_t>(type) - 1];
}

template <typename Number>
std::optional<Number> number(std::string_view text) {
  Number value{};
  const char* end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, value);
  if (error != std::errc{} || stop != end || text.empty()) {
    return std::nullopt;
  }
  return value;
}

void append_segment(SegmentType type, const std::vector<std::uint32_t>& asns, net::Bytes& out) {
  net::ByteWriter writer(out);
  for (std::size_t i = 0; i < asns.size(); ++i) {
    if (i % kMaxSegment == 0) {
      writer.u8(static_cast<std::uint8_t>(type));
      writer.u8(static_cast<std::uint8_t>(std::min(asns.size() - i, kMaxSegment)));
    }
    writer.u32(asns[i]);
  }
}

constexpr std::string_view kBlank = " \t";
constexpr std::string_view kEndOfNumber = " \t,{}()[]";

void skip_blank(std::string_view& text, std::string_view blank = kBlank) {
  text.remove_prefix(std::min(text.find_first_not_of(blank), text.size()));
}

/// Takes AS numbers off `text` up to what is none; nullopt when one is malformed.
std::optional<std::vector<std::uint32_t>> take_asns(std::string_view& text,
                                                    std::string_view separators) {
  std::vector<std::uint32_t> asns;
  for (skip_blank(text, separators);
       !text.empty() && kEndOfNumber.find(text.front()) == std::string_view::npos;
       skip_blank(text, separators)) {
    const std::size_t size = std::min(text.find_first_of(kEndOfNumber), text.size());
    const auto asn = parse_asn(text.substr(0, size));
    if (!asn) {
      return std::nullopt;
    }
    asns.push_back(*asn);
    text.remove_prefix(size);
  }
  return asns;
}

/// Takes one segment off `text`, which is neither empty nor starts with a blank.
bool take_segment(std::string_view& text, net::Bytes& path) {
  SegmentType type = SegmentType::AsSequence;
  for (const Notation& row : kNotations) {
    if (!row.open.empty() && text.starts_with(row.open)) {
      type = row.type;
    }
  }
  const Notation& how = notation(type);
  text.remove_prefix(how.open.size());
  const auto asns = take_asns(text, how.separator == ',' ? " \t," : kBlank);
  if (!asns || asns->empty() || !text.starts_with(how.close)) {
    return false;
  }
  // A set cannot go on in another segment without changing the path's length.
  if (how.separator == ',' && asns->size() > kMaxSegment) {
    return false;
  }
  text.remove_prefix(how.close.size());
  append_segment(type, *asns, path);
  return true;
}

}  // namespace

std::optional<AsSegment> next_segment(net::ByteReader& path) {
  if (path.empty()) {
    return std::nullopt;
  }
  AsSegment segment;
  segment.type = static_cast<SegmentType>(path.u8());
  segment.octets = path.take(std::size_t{4} * path.u8());
  return segment;
}

std::uint32_t AsPathView::length() const {
  std::size_t length = 0;
  net::ByteReader reader(octets_);
  while (const auto segment = next_segment(reader)) {
    if (segment->type == SegmentType::AsSequence) {
      length += segment->count();
    } else if (segment->type == SegmentType::AsSet) {
      ++length;
    }
  }
  return static_cast<std::uint32_t>(length);
}

std::optional<std::uint32_t> AsPathView::first() const {
  net::ByteReader reader(octets_);
  const auto segment = next_segment(reader);
  if (!segment || segment->type != SegmentType::AsSequence || segment->count() == 0) {
    return std::nullopt;
  }
  return (*segment)[0];
}

std::optional<std::uint32_t> AsPathView::neighbor() const {
  net::ByteReader reader(octets_);
  auto segment = next_segment(reader);
  while (segment && segment->confederation()) {
    segment = next_segment(reader);
  }
  if (!segment || segment->type != SegmentType::AsSequence || segment->count() == 0) {
    return std::nullopt;
  }
  return (*segment)[0];
}

std::optional<std::uint32_t> AsPathView::origin() const {
  std::optional<std::uint32_t> origin;
  net::ByteReader reader(octets_);
  while (const auto segment = next_segment(reader)) {
    origin.reset();
    if (segment->type == SegmentType::AsSequence && segment->count() != 0) {
      origin = (*segment)[segment->count() - 1];
    }
  }
  return origin;
}

bool AsPathView::has_set() const {
  net::ByteReader reader(octets_);
  while (const auto segment = next_segment(reader)) {
    if (segment->type == SegmentType::AsSet) {
      return true;
    }
  }
  return false;
}

std::uint32_t AsPathView::count(std::uint32_t asn) const {
  std::uint32_t found = 0;
  net::ByteReader reader(octets_);
  while (const auto segment = next_segment(reader)) {
    for (std::size_t i = 0; i < segment->count(); ++i) {
      found += (*segment)[i] == asn ? 1 : 0;
    }
  }
  return found;
}

std::string AsPathView::to_string() const {
  fmt::memory_buffer text;
  const auto append = [&](std::string_view part) { text.append(part); };
  net::ByteReader reader(octets_);
  while (const auto segment = next_segment(reader)) {
    const Notation& how = notation(segment->type);
    append(text.size() == 0 ? "" : " ");
    append(how.open);
    for (std::size_t i = 0; i < segment->count(); ++i) {
      if (i != 0) {
        text.push_back(how.separator);
      }
      fmt::format_to(std::back_inserter(text), "{}", (*segment)[i]);
    }
    append(how.close);
  }
  return fmt::to_string(text);
}

std::vector<std::uint32_t> AsPathView::flattened() const {
  std::vector<std::uint32_t> asns;
  net::ByteReader reader(octets_);
  while (const auto segment = next_segment(reader)) {
    for (std::size_t i = 0; i < segment->count(); ++i) {
      asns.push_back((*segment)[i]);
    }
  }
  return asns;
}

void prepend(net::Bytes& path, std::uint32_t asn, unsigned times) {
  while (times > 0) {
    const bool open_sequence = !path.empty() &&
                               path[0] == static_cast<std::uint8_t>(SegmentType::AsSequence) &&
                               path[1] < kMaxSegment;
    if (!open_sequence) {
      const std::array<std::uint8_t, 2> header{static_cast<std::uint8_t>(SegmentType::AsSequence)};
      path.insert(path.begin(), header.begin(), header.end());
    }
    const std::size_t now = std::min<std::size_t>(times, kMaxSegment - path[1]);
    path[1] = static_cast<std::uint8_t>(path[1] + now);
    path.insert(path.begin() + 2, 4 * now, 0);
    net::ByteWriter writer(path);
    for (std::size_t i = 0; i < now; ++i) {
      writer.put_u16(2 + 4 * i, static_cast<std::uint16_t>(asn >> 16));
      writer.put_u16(4 + 4 * i, static_cast<std::uint16_t>(asn));
    }
    times -= static_cast<unsigned>(now);
  }
}

std::optional<net::Bytes> parse_as_path(std::string_view text) {
  net::Bytes path;
  for (skip_blank(text); !text.empty(); skip_blank(text)) {
    if (!take_segment(text, path)) {
      return std::nullopt;
    }
  }
  return path;
}

std::optional<std::uint32_t> parse_asn(std::string_view text) {
  const std::size_t dot = text.find('.');
  if (dot == std::string_view::npos) {
    return number<std::uint32_t>(text);
  }
  const auto high = number<std::uint16_t>(text.substr(0, dot));
  const auto low = number<std::uint16_t>(text.substr(dot + 1));
  if (!high || !low) {
    return std::nullopt;
  }
  return (std::uint32_t{*high} << 16) | *low;
}

}  // namespace pipit::bgp
