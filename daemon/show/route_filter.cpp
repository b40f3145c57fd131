#include "daemon/show/route_filter.hpp"

namespace pipit::daemon {
RouteFilter::RouteFilter(const control::RouteQuery& query)
    : query_(query),
      asks_(query.source_kind || !query.source.empty() || query.valid || query.next_hop ||
            query.med || query.community || query.as_path) {}

bool RouteFilter::accepts(const control::RouteRow& row) const {
  if (!asks_) {
    return true;
  }
  if (query_.source_kind && row.source_kind != *query_.source_kind) {
    return false;
  }
  if (!query_.source.empty() &&
      (row.source_kind != policy::SourceKind::Bgp || row.source != query_.source)) {
    return false;
  }
  if (query_.valid && row.valid != *query_.valid) {
    return false;
  }
  const bgp::AttributesView& attributes = row.attributes;
  if (query_.next_hop && attributes.next_hop != *query_.next_hop &&
      attributes.link_local_next_hop != query_.next_hop) {
    return false;
  }
  if (query_.med && !(attributes.med && query_.med->contains(*attributes.med))) {
    return false;
  }
  if (query_.community && !query_.community->found_in(attributes)) {
    return false;
  }
  return !query_.as_path || query_.as_path->matches(attributes.as_path);
}

}  // namespace pipit::daemon
