@NullMarked
package org.jmoe.routing.adaptive;

import org.jspecify.annotations.NullMarked;
