/**
 * Shared test code of all modules: reference implementation, random cases, gradient check,
 * contracts.
 */
@NullMarked
package org.jmoe.testing;

import org.jspecify.annotations.NullMarked;
