// AS_PATH in canonical wire form: segments {type, count, count x 4-octet AS} (RFC 4271 §4.3, 5065,
// 6793).
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "net/bytes.hpp"

namespace pipit::bgp {

enum class SegmentType : std::uint8_t {
  AsSet = 1,
  AsSequence = 2,
  ConfedSequence = 3,
  ConfedSet = 4
};

inline constexpr std::size_t kMaxSegment = 255;  // AS numbers that one segment can hold

/// One segment of a canonical AS_PATH.
struct AsSegment {
  SegmentType type = SegmentType::AsSequence;
  net::ByteView octets;  // count() x 4

  std::size_t count() const { return octets.size() / 4; }

  std::uint32_t operator[](std::size_t i) const {
    return net::ByteReader(octets.subspan(4 * i, 4)).u32();
  }

  bool confederation() const {
    return type == SegmentType::ConfedSequence || type == SegmentType::ConfedSet;
  }
};

/// Takes the next segment off a canonical AS_PATH; nullopt at its end.
std::optional<AsSegment> next_segment(net::ByteReader& path);

/// Read-only questions about a canonical AS_PATH. The octets must be well formed (the decoder's
/// are).
class AsPathView {
 public:
  explicit AsPathView(net::ByteView octets) : octets_(octets) {}

  /// Length as the decision process counts it: an AS_SET is 1, confederation segments are 0 (RFC
  /// 4271 §9.1.2.2, RFC 5065 §5.3).
  std::uint32_t length() const;
  /// The first AS when the path begins with an AS_SEQUENCE: the neighbor's.
  std::optional<std::uint32_t> first() const;
  /// The AS that MED comparison groups by: like first(), confederation segments skipped; nullopt
  /// for a local route or a leading AS_SET.
  std::optional<std::uint32_t> neighbor() const;
  /// The last AS of a path that ends with an AS_SEQUENCE.
  std::optional<std::uint32_t> origin() const;
  /// True when there is an AS_SET.
  bool has_set() const;
  /// How often the AS appears in any segment.
  std::uint32_t count(std::uint32_t asn) const;

  bool empty() const { return octets_.empty(); }

  /// "64500 64501 {64502,64503} (64510 64511) [64520,64521]": sequence, set, confederation sequence
  /// and set.
  std::string to_string() const;
  /// Every AS in order, sets included, for JSON's as_path_list.
  std::vector<std::uint32_t> flattened() const;

 private:
  net::ByteView octets_;
};

/// Puts `asn` in front `times` times; a full first segment (255) begins another (RFC 4271 §5.1.2).
void prepend(net::Bytes& path, std::uint32_t asn, unsigned times = 1);

/// Builds a canonical path out of to_string()'s form; nullopt when it is not one.
std::optional<net::Bytes> parse_as_path(std::string_view text);

/// AS numbers in asplain or asdot ("64512", "1.10").
std::optional<std::uint32_t> parse_asn(std::string_view text);

}  // namespace pipit::bgp
