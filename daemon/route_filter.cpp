#include "daemon/route_filter.hpp"

#include <algorithm>

namespace pipit::daemon {
namespace {

/// Whether attributes carry a community, by its kind.
struct Carried {
  const bgp::AttributesView& attributes;

  bool operator()(std::uint32_t standard) const {
    return bgp::has_community(attributes.communities, standard);
  }

  bool operator()(std::uint64_t extended) const {
    const net::ByteView all = attributes.extended_communities;
    for (std::size_t i = 0; i + 8 <= all.size(); i += 8) {
      if (net::ByteReader(all.subspan(i, 8)).u64() == extended) {
        return true;
      }
    }
    return false;
  }

  bool operator()(const bgp::LargeCommunity& large) const {
    net::ByteReader reader(attributes.large_communities);
    while (reader.remaining() >= 12) {
      const std::uint32_t global = reader.u32();
      const std::uint32_t local1 = reader.u32();
      if (bgp::LargeCommunity{global, local1, reader.u32()} == large) {
        return true;
      }
    }
    return false;
  }
};

}  // namespace

bool RouteFilter::accepts(const control::RouteRow& row) const {
  if (query_.source_kind && row.source_kind != *query_.source_kind) {
    return false;
  }
  if (!query_.source.empty() &&
      (row.source_kind != policy::SourceKind::Bgp || row.source != query_.source)) {
    return false;
  }
  if (query_.community && !std::visit(Carried{row.attributes}, *query_.community)) {
    return false;
  }
  return !query_.as_path || query_.as_path->matches(row.attributes.as_path);
}

}  // namespace pipit::daemon
