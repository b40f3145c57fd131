// Which rows of `show routes` an operator wants, asked of each row while the tables are walked.
#pragma once

#include "control/daemon_view.hpp"

namespace pipit::daemon {

class RouteFilter {
 public:
  explicit RouteFilter(const control::RouteQuery& query);

  /// True when the row fits everything that is asked of rows: source, validity, next hop, MED,
  /// community, AS path. The attributes are those that the row shows.
  bool accepts(const control::RouteRow& row) const;

 private:
  control::RouteQuery query_;
  bool asks_;  // anything of rows
};

}  // namespace pipit::daemon
