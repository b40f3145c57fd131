#include "policy/as_path_change.hpp"

#include <optional>

namespace pipit::policy {
namespace {

/// Makes the path again out of what `each` returns for each AS number; nullopt leaves one out.
template <typename Each>
void rewrite(net::Bytes& path, const Each& each) {
  net::Bytes out;
  net::ByteWriter writer(out);
  net::ByteReader reader(path);
  while (const auto segment = bgp::next_segment(reader)) {
    const std::size_t header = out.size();
    std::uint8_t count = 0;
    writer.u8(static_cast<std::uint8_t>(segment->type));
    writer.u8(0);
    for (std::size_t i = 0; i < segment->count(); ++i) {
      if (const std::optional<std::uint32_t> asn = each((*segment)[i])) {
        writer.u32(*asn);
        ++count;
      }
    }
    if (count == 0) {
      out.resize(header);
    } else {
      out[header + 1] = count;
    }
  }
  path = std::move(out);
}

}  // namespace

void remove_private_as(net::Bytes& path) {
  static const NumberSet kPrivate({{64512, 65534}, {4200000000, 4294967294}});
  rewrite(path, [](std::uint32_t asn) {
    return kPrivate.contains(asn) ? std::nullopt : std::optional(asn);
  });
}

void replace_as(net::Bytes& path, const NumberSet& numbers, std::uint32_t by) {
  rewrite(path, [&](std::uint32_t asn) { return std::optional(numbers.contains(asn) ? by : asn); });
}

}  // namespace pipit::policy
