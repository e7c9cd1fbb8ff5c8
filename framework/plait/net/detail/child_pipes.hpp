#pragma once

#include <plait/core/process_options.hpp>
#include <plait/net/detail/descriptor_end.hpp>
#include <vector>

namespace plait::detail {

class ChildLaunch;

/// What joins us with a child: a pipe for each of its descriptors that asks for one, or one
/// pseudo-terminal.
class ChildPipes {
 public:
  /// Our end of a pipe. Of a terminal there is one, for the child's descriptor 1, with both `in`
  /// and `out`.
  struct OurEnd {
    int childFD;
    ChildFD::Kind kind;
    DescriptorEnd in;
    DescriptorEnd out;
  };

  /// Makes them, and gives the child's ends, and what it inherits, to `launch`. std::system_error,
  /// std::invalid_argument.
  ChildPipes(const Executor& executor, const ProcessOptions& options, ChildLaunch& launch);

  std::vector<OurEnd>& ours() { return ours_; }
  /// The child has them: held open here, too, they would never end.
  void closeChildsEnds() { childsEnds_.clear(); }

 private:
  void inherit(int childFD, int descriptor);
  void makePipe(int childFD, ChildFD::Kind kind);
  void makeTerminal();

  Executor executor_;
  ChildLaunch& launch_;
  std::vector<OurEnd> ours_;
  std::vector<UniqueDescriptor> childsEnds_;
};

}  // namespace plait::detail
