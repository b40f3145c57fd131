#include "control/neighbor_query.hpp"

#include <algorithm>

namespace pipit::control {
namespace {

bool fits(NeighborQuery::State state, const NeighborSummary& summary) {
  switch (state) {
    case NeighborQuery::State::Any:
      return true;
    case NeighborQuery::State::Up:
      return summary.uptime.has_value();
    case NeighborQuery::State::Down:
      return !summary.uptime;
    case NeighborQuery::State::Shutdown:
      return summary.shutdown;
  }
  return true;
}

}  // namespace

bool select(const NeighborQuery& query, NeighborSummary& summary) {
  if (!fits(query.state, summary) || (query.internal && summary.internal != *query.internal) ||
      (query.asn && summary.asn != query.asn)) {
    return false;
  }
  if (!query.family) {
    return true;
  }
  std::erase_if(summary.families,
                [&](const FamilyRow& row) { return row.family != *query.family; });
  return !summary.families.empty();
}

}  // namespace pipit::control
