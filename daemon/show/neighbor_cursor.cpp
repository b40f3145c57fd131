#include "daemon/show/neighbor_cursor.hpp"

#include <utility>

#include "net/loop.hpp"
#include "net/slice_budget.hpp"

namespace pipit::daemon {
namespace {

class NeighborCursor final : public control::Cursor<control::NeighborSummary> {
 public:
  NeighborCursor(const net::Loop& loop,
                 const Speaker& speaker,
                 std::function<NeighborSources()> sources,
                 control::NeighborQuery query,
                 std::vector<std::string> names)
      : loop_(loop),
        speaker_(speaker),
        sources_(std::move(sources)),
        query_(std::move(query)),
        names_(std::move(names)) {}

  bool next(std::size_t max_rows,
            const std::function<void(const control::NeighborSummary&)>& sink) override {
    const NeighborSources sources = sources_();
    const net::SliceBudget budget(loop_, kSlice);
    std::size_t rows = 0;
    while (next_ < names_.size() && rows < max_rows) {
      if (const Neighbor* neighbor = find(names_[next_++])) {
        control::NeighborSummary summary = summarize(*neighbor, sources);
        if (control::select(query_, summary)) {
          sink(summary);
          ++rows;
        }
      }
      if (budget.spent()) {
        break;
      }
    }
    return next_ < names_.size();
  }

 private:
  /// Mostly the next one in the speaker's list.
  const Neighbor* find(const std::string& name) {
    const auto& neighbors = speaker_.neighbors();
    if (place_ < neighbors.size() && neighbors[place_]->name() == name) {
      return neighbors[place_++].get();
    }
    for (place_ = 0; place_ < neighbors.size(); ++place_) {
      if (neighbors[place_]->name() == name) {
        return neighbors[place_++].get();
      }
    }
    return nullptr;  // removed meanwhile
  }

  const net::Loop& loop_;
  const Speaker& speaker_;
  std::function<NeighborSources()> sources_;
  control::NeighborQuery query_;
  std::vector<std::string> names_;
  std::size_t next_ = 0;
  std::size_t place_ = 0;  // in the speaker's list, of the one that follows
};

}  // namespace

std::unique_ptr<control::Cursor<control::NeighborSummary>> open_neighbor_cursor(
    const net::Loop& loop,
    const Speaker& speaker,
    std::function<NeighborSources()> sources,
    control::NeighborQuery query,
    std::vector<std::string> names) {
  return std::make_unique<NeighborCursor>(loop, speaker, std::move(sources), std::move(query),
                                          std::move(names));
}

}  // namespace pipit::daemon
