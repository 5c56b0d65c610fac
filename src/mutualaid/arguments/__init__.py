"""What public functions are called with: held against annotations, and against limits."""

from mutualaid.arguments.annotations import checks_arguments as checks_arguments
from mutualaid.arguments.values import Arguments as Arguments
from mutualaid.arguments.values import argument as argument
from mutualaid.arguments.values import is_number as is_number
from mutualaid.arguments.values import is_whole as is_whole
from mutualaid.arguments.values import shown as shown
from mutualaid.arguments.values import typed as typed
