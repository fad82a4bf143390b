/** What tests of every module share: the reference, random cases, gradient check and guards. */
@NullMarked
package org.jmoe.testing;

import org.jspecify.annotations.NullMarked;
