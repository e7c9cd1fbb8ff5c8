#include <fmt/format.h>

#include <algorithm>
#include <plait/deferred/errors.hpp>

namespace plait {

namespace {

std::string describeAll(const std::vector<Failure>& failures) {
  std::string text = fmt::format("all {} failed", failures.size());
  for (const Failure& failure : failures) text += ": " + failure.getErrorMessage();
  return text;
}

}  // namespace

FirstError::FirstError(Failure failure, std::size_t index)
    : Error(fmt::format("the Deferred at index {} failed: {}", index, failure.getErrorMessage())),
      subFailure(std::move(failure)),
      index(index) {}

FailureGroup::FailureGroup(std::vector<Failure> failures)
    : Error(describeAll(failures)), failures(std::move(failures)) {}

bool wasCancelled(const Failure& failure) {
  if (const auto* first = failure.check<FirstError>()) return wasCancelled(first->subFailure);
  if (const auto* group = failure.check<FailureGroup>()) {
    return !group->failures.empty() &&
           std::all_of(group->failures.begin(), group->failures.end(), wasCancelled);
  }
  return failure.check<CancelledError>() != nullptr;
}

}  // namespace plait
