// Compares what the FIB writer believes with the monitor's view of the kernel, in slices. Owned by
// the writer.
//
// It runs after notifications were lost, when neither our own doings nor those of others were
// told, and now and then for what slips through otherwise. What it finds is handed to the writer
// as if it had been told just now, and is repaired as ever.
#pragma once

#include <cstddef>

#include "kernel/fib/fib_table.hpp"
#include "kernel/fib/fib_writer.hpp"
#include "kernel/monitor/route_view.hpp"
#include "net/loop.hpp"

namespace pipit::kernel {

class FibWriter::Audit final : public net::Task {
 public:
  explicit Audit(Impl& writer) : writer_(writer) {}

  /// Begins, or begins anew. The view must outlive the writer.
  void begin(const RouteView& view);

  /// Ends before its end.
  void stop() { view_ = nullptr; }

  /// Goes on, once the monitor was heard to the end.
  void go_on();

  bool run() override;

 private:
  bool step();
  void check_entry(FibId id);
  void check_on_its_way(FibId id);
  void check_route(const RouteKey& key, const RouteBody& body);
  bool is_there(const Route& ours) const;
  bool is_leaving(const RouteKey& key) const;
  void finish();

  Impl& writer_;
  const RouteView* view_ = nullptr;  // nullptr: nothing is being compared
  FibId next_entry_ = 0;             // of the writer's books
  std::size_t position_ = 0;         // in the view, when all entries are done
};

}  // namespace pipit::kernel
