@NullMarked
package org.jmoe.routing.specialisation;

import org.jspecify.annotations.NullMarked;
